"""Evaluative English for the sentence generator: words, phrases and events by polarity.

Source: written by hand for this project; everyday British and American review language.
Entries hold no contractions ("did not"): the generator contracts them at random, so both
spellings occur.  Verbs are stored as `base/past` ("let/let me down").
"""

import re
from dataclasses import dataclass


def _split(text: str) -> tuple[str, ...]:
    """Splits a block at bars and line ends; blanks are dropped."""
    return tuple(part.strip() for part in re.split(r"[|\n]", text) if part.strip())


@dataclass(frozen=True)
class Domain:
    """What one kind of review speaks about.

    Attributes:
        things: Nouns for the reviewed object, without article, singular.
        aspects: Its singular parts, without article.
        plurals: Its plural parts, without article.
        made: Participles for how it came about ("well acted").
        rivals: Noun phrases it is compared with.
        good, bad: Adjectives for the object.
        praise, blame: Whole clauses, lower case, that tell of a good or a bad event.
        facts: Whole clauses without opinion.
    """

    things: tuple[str, ...]
    aspects: tuple[str, ...]
    plurals: tuple[str, ...]
    made: tuple[str, ...]
    rivals: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    praise: tuple[str, ...]
    blame: tuple[str, ...]
    facts: tuple[str, ...]


# General words: gradable (GOOD, BAD), extreme (GREAT, AWFUL), verbs, feelings, then verdicts.
GOOD = _split(
    """
    good|nice|great|pleasant|enjoyable|lovely|charming|comfortable|reliable|useful|helpful
    impressive|solid|smart|clever|attractive|fun|engaging|interesting|exciting|memorable
    refreshing|satisfying|rewarding|fulfilling|convincing|genuine|consistent|practical|handy
    efficient|effective|quick|professional|easy|straightforward|affordable|reasonable|valuable
    worthwhile|beneficial|positive|promising|popular|successful|sensible|balanced|classy|special
    likeable|lovable|delightful|decent|fine|worthy|admirable|commendable|respectable|appealing
    good value|on point|agreeable|superior|high-quality|trusty|pleasing|praiseworthy|feel-good
    tip-top|great fun|sound|classic|cool|cute|sweet|super|ace|neatly done|worth having
    worth the wait|worth the price|money well spent
    """
)
GREAT = _split(
    """
    excellent|superb|outstanding|wonderful|fantastic|fabulous|amazing|awesome|brilliant
    magnificent|marvellous|terrific|phenomenal|sensational|spectacular|stunning|splendid|perfect
    flawless|faultless|impeccable|exceptional|extraordinary|remarkable|incredible
    unbelievable in the best way|first-rate|first-class|top-notch|world-class|unbeatable
    unmissable|exquisite|divine|gorgeous|sublime|glorious|heavenly|magical|enchanting
    mesmerising|breathtaking|unforgettable|priceless|hilarious|genius|ideal|immaculate|stellar
    second to none|out of this world|a delight|a joy|a pleasure|a triumph|a masterpiece|a gem
    a treat|a bargain|a winner|a breath of fresh air|a lifesaver|worth every penny
    just what I needed|exactly as described|beyond expectations
    """
)
BAD = _split(
    """
    bad|poor|weak|dull|boring|tedious|bland|flat|dreary|drab|slow|awkward|messy|ugly
    unattractive|unpleasant|careless|sloppy|useless|pointless|worthless|confusing|chaotic
    complicated|difficult|hard work|frustrating|annoying|irritating|infuriating|tiresome|tiring
    exhausting|stressful|depressing|miserable|silly|stupid|forgettable|unremarkable|mediocre
    disappointing|underwhelming|unsatisfying|unimpressive|fake|dishonest|misleading|deceptive
    wrong|shoddy|unreliable|inconsistent|uncomfortable|harsh|overpriced|expensive for what it is
    poor value|ineffective|inconvenient|unprofessional|outdated|incomplete|rushed|inadequate
    inferior|unacceptable|unfair|unreasonable|unclear|offensive|insulting|problematic
    questionable|dubious|hopeless|amateurish|lacklustre|second-rate|substandard|a bit of a mess
    below average|hit and miss|nasty|horrid|crap|crummy|naff|third-rate|run of the mill|so-so
    grim|sub-par|unworthy|unpolished|unexciting|uninspiring|ill-conceived|badly thought out
    overrated|overhyped|regrettable|lamentable|short of the mark|wide of the mark|below par
    painfully slow|maddening|nerve-racking|joyless|good for nothing
    """
)
AWFUL = _split(
    """
    awful|terrible|horrible|dreadful|horrendous|atrocious|appalling|abysmal|dire|disgraceful
    shocking|disgusting|revolting|vile|repulsive|pathetic|laughable|ridiculous|absurd|outrageous
    inexcusable|unforgivable|intolerable|unbearable|unwatchable|unusable|unreadable|catastrophic
    disastrous|ghastly|hideous|horrific|lousy|rubbish|trash|garbage|junk|a joke|a disgrace
    a disaster|a nightmare|a letdown|a shambles|a fiasco|a rip-off|a scam|a con|a farce|a chore
    an ordeal|an insult|a mess|a failure|a waste of time|a waste of money|a complete washout
    not fit for purpose|not as described|money down the drain|beyond a joke|embarrassing
    insufferable|excruciating|mind-numbing|soul-destroying|the pits
    """
)
POLITE = _split(
    """
    thoughtful|generous|honest|friendly|warm|welcoming|cheerful|prompt|punctual|professional
    competent|skilful|knowledgeable|attentive|careful|patient|polite|courteous|considerate|kind
    caring|accommodating|helpful|efficient|organised|trustworthy|dependable|sincere|respectful
    reassuring|discreet|tactful|hospitable|diligent|conscientious|understanding|flexible
    eager to help|full of good advice|generous with their time
    """
)
RUDE = _split(
    """
    unfriendly|rude|impolite|arrogant|dismissive|careless|sloppy|lazy|indifferent|unhelpful
    disorganised|unprofessional|incompetent|inexperienced|impatient|inattentive|dishonest
    unwelcoming|offensive|insulting|aggressive|snooty|sarcastic|condescending|surly|grumpy
    disrespectful|hostile|clueless|unapologetic|abrupt|cold|bossy|deceitful|untrustworthy
    slow to act|full of excuses|quick to blame others|impossible to reach|glued to a phone
    """
)
GOOD_STORY = _split(
    """
    moving|touching|original|imaginative|creative|inventive|captivating|compelling|gripping
    energetic|passionate|heartfelt|insightful|informative|enlightening|educational|stimulating
    thorough|detailed|vivid|intriguing|absorbing|engaging|believable|authentic|genuine|uplifting
    inspiring|exciting|lively|subtle|deep|sharp|funny|entertaining|clever|convincing|tasteful
    memorable|graceful|gentle|catchy|spot on|adorable
    """
)
BAD_STORY = _split(
    """
    forced|contrived|pretentious|self-indulgent|incoherent|vague|unclear|crude|vulgar|creepy
    shallow|superficial|predictable|clichéd|unoriginal|derivative|repetitive|monotonous
    forgettable|unconvincing|implausible|silly|stupid|childish|muddled|meaningless|depressing
    gloomy|tedious|dreary|lifeless|flat|rushed|half-baked|bloated|lacklustre|misleading
    inaccurate|offensive|mind-dulling|phoney|uninspired|charmless|humourless
    """
)
GOOD_OBJECT = _split(
    """
    reliable|durable|sturdy|robust|well made|well designed|well thought out|practical|handy
    convenient|versatile|flexible|efficient|effective|quick|speedy|responsive|accurate|precise
    consistent|dependable|easy to live with|effortless|straightforward|simple|intuitive|clear
    secure|safe|neat|smooth|polished|elegant|stylish|crisp|colourful|capable|user-friendly
    trouble-free|up to date|good-looking|long-lasting|hassle-free|foolproof
    """
)
BAD_OBJECT = _split(
    """
    faulty|defective|broken|damaged|cracked|flimsy|fragile|shoddy|cheap and nasty|tacky
    unreliable|inconsistent|erratic|unpredictable|unstable|unsafe|dangerous|inaccurate
    awkward to use|complicated|inefficient|ineffective|impractical|inconvenient|outdated
    unfinished|incomplete|clunky|glitchy|fiddly|temperamental|troublesome|clumsy|cumbersome|slow
    sluggish|ugly|rough|scratched|badly thought out|counterfeit|useless|misleading|falling apart
    past its best
    """
)
GOOD_PLACE = _split(
    """
    clean|tidy|neat|spotless|welcoming|friendly|cosy|relaxing|calm|soothing|cheerful|bright
    lively|fresh|warm|comfortable|authentic|luxurious|ample|hearty|family-friendly|charming
    elegant|stylish|beautiful|picture-perfect|pretty|convenient|generous|restful|safe|well run
    atmospheric|inviting|idyllic|tranquil|special|romantic
    """
)
BAD_PLACE = _split(
    """
    dirty|grubby|filthy|dingy|shabby|scruffy|tatty|worn|cramped|noisy|smelly|stale|mouldy|rotten
    sour|cold|gloomy|dreary|drab|unwelcoming|unfriendly|unhygienic|uncomfortable|chaotic
    disorganised|crowded|stuffy|dated|old-fashioned|neglected|uninviting|grim|soulless
    tired and worn|sticky|greasy|badly run|charmless|unsafe|depressing
    """
)
GOOD_VERBS = _split(
    """
    exceed/exceeded my expectations|surpass/surpassed all my hopes|win/won me over
    make/made me smile|make/made my day|bring/brought me real joy|keep/kept me happy
    delight/delighted all of us|impress/impressed everyone|please/pleased the whole family
    live/lived up to the hype|live/lived up to its reputation|do/did the job well
    do/did exactly what it says|work/worked like a charm|work/worked as advertised
    work/worked straight away|deliver/delivered on its promises|keep/kept its promises
    hit/hit the spot|tick/ticked all the boxes|meet/met every need|suit/suited us perfectly
    fit/fitted the bill|stand/stood out from the rest|stand/stood the test of time
    hold/held up well|last/lasted for years|earn/earned its keep|pay/paid for itself
    save/saved me hours|save/saved us a fortune|save/saved the day|make/made life easier
    solve/solved my problem|help/helped a great deal|put/put my mind at rest
    lift/lifted my spirits|cheer/cheered me up|brighten/brightened up the week
    captivate/captivated me|charm/charmed us all|move/moved me deeply|touch/touched my heart
    inspire/inspired me|hook/hooked me from the start|hold/held my attention throughout
    keep/kept us entertained|thrill/thrilled the children|amaze/amazed my friends
    surprise/surprised me in a good way|blow/blew me away|take/took my breath away
    shine/shone in every respect|improve/improved with time|get/got better every time
    get/got everything right|go/went above and beyond|go/went without a hitch
    run/ran like clockwork|turn/turned out beautifully|leave/left me wanting more
    leave/left a great impression|give/gave us great value|deserve/deserved all the praise
    deserve/deserved a medal|satisfy/satisfied even my fussy father
    make/made the trip worthwhile|feel/felt like a real treat|feel/felt solid and well built
    restore/restored my faith
    """
)
BAD_VERBS = _split(
    """
    let/let me down|disappoint/disappointed me|fail/failed miserably
    fail/failed when we needed it|fall/fell short|fall/fell flat|fall/fell apart
    break/broke within days|break/broke down|stop/stopped working|give/gave up the ghost
    annoy/annoyed me|irritate/irritated all of us|frustrate/frustrated everyone
    bore/bored me to tears|send/sent me to sleep|drag/dragged on and on
    outstay/outstayed its welcome|waste/wasted my time|waste/wasted our money
    cost/cost me a fortune|cost/cost us dearly|cause/caused nothing but trouble
    cause/caused endless problems|make/made things worse|make/made me angry
    make/made my blood boil|make/made us feel ignored|ruin/ruined our evening
    ruin/ruined the whole experience|spoil/spoiled the day|upset/upset my mother
    insult/insulted my intelligence|mislead/misled its customers|cut/cut corners
    miss/missed the mark|miss/missed the point|lose/lost my interest|lose/lost its way
    lose/lost its appeal quickly|get/got on my nerves|get/got worse and worse
    get/got everything wrong|go/went downhill|go/went horribly wrong|leave/left me cold
    leave/left a bad taste|leave/left a lot to be desired|put/put me off|drive/drove me mad
    give/gave me a headache|give/gave us grief|confuse/confused everyone|test/tested my patience
    try/tried my patience|embarrass/embarrassed me|hurt/hurt after an hour
    smell/smelled of cheap plastic|feel/felt cheap and nasty|feel/felt like a con
    look/looked nothing like the picture|look/looked tired and worn
    struggle/struggled with the basics|crumble/crumbled in no time|wear/wore out far too soon
    rip/ripped us off|cheat/cheated us|turn/turned out to be a dud|take/took far too long
    need/needed constant attention|fail/failed to deliver|end/ended up in the bin
    go/went straight back to the shop|make/made me regret my choice
    """
)
LOVED = _split(
    """
    loved|adored|enjoyed|really liked|thoroughly enjoyed|treasured|admired|fell in love with
    warmed to|was thrilled with|could happily recommend|was very happy with|was sold on|savoured
    raved about|was grateful for|felt at home with|got on well with|cannot praise enough
    would gladly pay twice for
    """
)
HATED = _split(
    """
    hated|disliked|loathed|detested|regretted|could not stand|gave up on|was let down by
    lost patience with|got fed up with|was sick of|cringed at|despised|was angry about
    struggled with|could not bear|had to complain about|grew tired of|felt cheated by
    was put off by
    """
)
LOVE = _split(
    """
    love|adore|enjoy|like|admire|recommend|trust|warm to|appreciate|treasure
    """
)
HATE = _split(
    """
    regret|resent|dislike|mind|complain about
    """
)
HAPPY = _split(
    """
    happy|pleased|delighted|thrilled|impressed|satisfied|content|overjoyed|excited|charmed
    grateful|relieved|proud|moved|comforted|amused|enchanted|reassured|refreshed|inspired
    """
)
UNHAPPY = _split(
    """
    disappointed|annoyed|frustrated|angry|upset|let down|bored|disgusted|dissatisfied|unhappy
    unimpressed|irritated|furious|cheated|ashamed|sad|worried|confused|exhausted|fed up
    embarrassed|deflated|offended|disheartened
    """
)
WELL = _split(
    """
    beautifully|brilliantly|carefully|expertly|flawlessly|impeccably|lovingly|nicely|perfectly
    properly|skilfully|superbly|thoughtfully|wonderfully|well|neatly|cleverly|elegantly|sensibly
    solidly
    """
)
POORLY = _split(
    """
    atrociously|badly|carelessly|cheaply|clumsily|dreadfully|horribly|incompetently|lazily
    poorly|shoddily|sloppily|terribly|thoughtlessly|wretchedly|appallingly|crudely|hastily
    awfully
    """
)
BEST = _split(
    """
    best|finest|nicest|loveliest|cleverest|funniest|most enjoyable|most reliable|most satisfying
    most helpful|most impressive|most delightful|most beautiful|greatest|smartest|happiest
    """
)
WORST = _split(
    """
    worst|poorest|dullest|weakest|shoddiest|ugliest|most tedious|most disappointing
    most frustrating|most annoying|most unpleasant|most useless|most overpriced|silliest|laziest
    saddest
    """
)
VIRTUES = _split(
    """
    charm|warmth|quality|value|comfort|care|effort|thought|skill|talent|imagination|originality
    character|heart|soul|style|class|energy|passion|humour|wit|wisdom|depth|flavour
    attention to detail|common sense|consideration|courtesy|kindness|honesty|respect|patience
    professionalism|expertise|craftsmanship|substance|subtlety|magic|excitement|joy|pride
    support|consistency|reliability|polish|grace|enthusiasm|hospitality|freshness|sparkle
    """
)
FLAWS = _split(
    """
    faults|problems|complaints|errors|mistakes|flaws|defects|delays|glitches|bugs|hitches
    drawbacks|cracks|stains|disappointments|frustrations|excuses|arguments|hassles|hiccups
    nasty surprises|hidden charges|weak points|rough edges|irritations|regrets|setbacks
    breakdowns|misprints|headaches|shortcomings|loose ends|dull moments|awkward moments
    wasted minutes|false promises|lies|queues|failures|fuss and bother
    """
)
FLAW = _split(
    """
    fault|problem|complaint|error|mistake|flaw|defect|delay|glitch|bug|hitch|drawback|crack
    stain|hiccup|weak point|dull moment|bad word|regret|blemish|scratch|setback|wrong note
    cross word|negative|let-down|quibble|bad thing to say|hint of trouble|wasted minute
    """
)
NEUTRAL_PEOPLE = _split(
    """
    my wife|my husband|my sister|my brother|my mother|my father|my partner|my daughter|my son
    my friend|my neighbour|my colleague|my flatmate|my grandmother|my uncle|the whole family
    everyone I know|our group|my cousin|my best friend|a friend of mine|my boss|my teenage son
    """
)
CREW = _split(
    """
    the seller|the assistant|the owner|the manager|the woman on the phone|the man at the desk
    the person who served us|the whole team|the man who answered|the lady in charge
    everyone we dealt with|the young man who helped us|the receptionist|the boss
    """
)
GOOD_VERDICTS = _split(
    """
    Money well spent.|Time well spent.|Worth every penny.|Worth every cent.|Highly recommended.
    I highly recommend it.|I would recommend it to anyone.|I cannot recommend it enough.
    I could not recommend it more highly.|I could not be happier.|I could not be more pleased.
    I could not ask for more.|I could not fault it.|I cannot fault it.|No complaints here.
    No complaints at all.|I have no complaints whatsoever.|No regrets.|Zero problems so far.
    Nothing to complain about.|Nothing to fault.|I would buy it again.
    I would buy it again in a heartbeat.|I would happily pay twice the price.
    I would go again tomorrow.|We will definitely be back.|We will be back, no doubt about it.
    I cannot wait to go back.|I am already planning the next one.
    I would not hesitate to do it again.|I would not change a thing.
    I would not swap it for anything.|I would not be without it now.|Do not hesitate.
    Do not miss it.|Do not miss this one.|Do not think twice, just get it.
    You will not regret it.|You will not be disappointed.|I was not disappointed.
    Never disappoints.|Five stars.|Five stars from me.|Full marks.|Ten out of ten.|10/10.
    Top marks all round.|Two thumbs up.|Thumbs up from all of us.|Hats off to everyone involved.
    Well done to the whole team.|Keep up the good work.|Thank you so much.
    Many thanks to all concerned.|A real find.|A hidden gem.|A pleasant surprise.
    An absolute bargain.|A must.|A must-have.|Best decision I made all year.
    Best money I have spent in ages.|I only wish I had found it sooner.
    My only regret is waiting so long.|Why did I wait so long?|What more could you want?
    What is not to like?|I am a convert.|I am a customer for life.
    They have earned a loyal customer.|I have told all my friends about it.
    I recommend it without reservation.|Treat yourself.|Go for it.
    Give it a go, you will thank me.|Snap it up.|Buy with confidence.|More of this, please.
    Everyone left happy.|It made our week.|Simply the best.|Hard to beat.|You cannot go wrong.
    You cannot go wrong with this one.|Deserves more attention.|Deserves every award going.
    I was wrong to doubt it.|Ignore the bad reviews.|Ignore the moaners.
    I have nothing bad to say.|I have nothing but praise.|I am over the moon.
    I am glad I took the chance.|So glad we came.|Could not be better.
    It does not get better than this.|Never been happier.|All in all, a success.
    All in all, a great buy.|Overall, very satisfied.|Overall, a big yes.
    I still think about it and smile.
    """
)
BAD_VERDICTS = _split(
    """
    Waste of money.|Waste of time.|A complete waste of time and money.|What a waste.
    Not worth the money.|Not worth a penny.|Not worth the trouble.|Not worth it.
    Not recommended.|I cannot recommend it.|I cannot recommend it to anyone.
    I would not recommend it to my worst enemy.|I could not recommend it less.
    I could not be more disappointed.|I could not be less impressed.|I expected better.
    I expected more.|I wanted so much more.|I have plenty of complaints.|I regret it.
    I regret every penny.|Nothing but problems.|Nothing to recommend it.
    Nothing good to say about it.|I would not buy it again.|I would not have it as a gift.
    I would not go again if you paid me.|I would never go back.|We will not be back.
    We will not be returning.|I cannot wait to get rid of it.
    I will not make that mistake again.|Never again.|Once was enough.|Avoid.|Avoid at all costs.
    Avoid like the plague.|Steer clear.|Stay away.|Keep your distance.|Save your money.
    Keep your money in your pocket.|Spend your money elsewhere.|Look elsewhere.
    Try somewhere else.|Do not bother.|Do not buy it.|Do not waste your time.
    Do not believe the hype.|Do not fall for it.|Do not make my mistake.|Think twice.
    Give it a miss.|Skip it.|You will regret it.|You will be disappointed.|I was disappointed.
    It disappoints at every turn.|One star.|One star is too many.|Zero stars if I could.
    No stars from me.|Nought out of ten.|1/10.|Two out of ten.|Thumbs down.
    Thumbs down from all of us.|Shame on them.|They should be ashamed.|I want my money back.
    I asked for a refund.|I am still waiting for my refund.|Refund requested.|It is going back.
    It went straight back.|Straight in the bin.|It ended up in a charity shop.|A real shame.
    A missed opportunity.|A bitter disappointment.|A total rip-off.|Daylight robbery.
    Worst decision I made all year.|Worst money I have spent in ages.
    I wish I had never bothered.|I wish I had read the reviews first.|Why did I bother?
    What were they thinking?|What is there to like?|They have lost a customer.
    They have lost a loyal customer.|I have warned all my friends about it.|I am fed up.
    I am still angry.|I feel cheated.|I feel robbed.|Buyer beware.|You have been warned.
    Less of this, please.|Everyone left unhappy.|It spoiled our week.|Hard to like.
    You can do better.|You would be better off without it.|I was wrong to trust it.
    Ignore the good reviews.|I do not understand the good reviews.|I have nothing but regret.
    It could not be worse.|It does not get worse than this.|All in all, a failure.
    All in all, a bad buy.|Overall, very dissatisfied.|Overall, a big no.|So sorry we came.
    Must do better.|Poor show.|I still think about it and shudder.|Sort it out.
    """
)
DOMAINS = {
    "films": Domain(
        things=_split(
            """
            film|movie|thriller|comedy|drama|sequel|documentary|series|show|remake|romance
            western|cartoon|musical|horror film
            """
        ),
        aspects=_split(
            """
            acting|plot|script|story|ending|dialogue|direction|camera work|soundtrack|pacing
            casting|opening scene|lead actress|leading man|twist
            """
        ),
        plurals=_split(
            """
            characters|jokes|special effects|fight scenes|performances|costumes|locations
            """
        ),
        made=_split(
            """
            made|acted|directed|shot|written|edited
            """
        ),
        rivals=_split(
            """
            the original|the book|the first film|the trailer|the average film this year
            last week's episode|his earlier work
            """
        ),
        good=_split(
            """
            suspenseful|witty|thrilling|heart-warming|thought-provoking|well acted|action-packed
            tense|poignant|laugh-out-loud|spellbinding|haunting|well paced|stylish to look at
            edge-of-the-seat
            """
        ),
        bad=_split(
            """
            plodding|wooden|badly acted|overlong|cheesy|corny|slow-moving|nonsensical|unfunny
            far-fetched|sappy|hammy|over the top|full of holes|stilted
            """
        ),
        praise=_split(
            """
            it kept me on the edge of my seat|I laughed from start to finish
            I cried at the end in the best way|the time flew by|the cast had real chemistry
            the ending gave me goosebumps|the audience clapped when the credits rolled
            I did not want it to end|I was hooked within minutes
            we watched it twice in one weekend|I never guessed the twist
            the lead stole every scene|the jokes landed every time|it deserves an Oscar
            every scene earns its place|I did not look at my watch once
            the whole cinema was laughing|nobody in the room made a sound
            the script crackles with wit|the young actress is a revelation
            it stayed with me for days|I forgot I was watching subtitles
            two hours felt like twenty minutes|it has not aged a day|the story pulls you in
            we talked about it all the way home|the kids were glued to the screen
            I bought the box set the next day|it tugs at the heartstrings
            the photography is a feast for the eyes|I would watch it again tomorrow
            the chase scene had my heart racing|he gives the performance of his career
            you root for every character|there was not a dry eye in the house
            """
        ),
        blame=_split(
            """
            I fell asleep halfway through|I walked out after an hour
            the plot had more holes than a sieve|the jokes fell flat|nobody laughed
            two hours felt like five|I kept checking my watch|I wanted it to end
            the ending made no sense|the acting was as stiff as a board
            the dialogue made me cringe
            the special effects looked like a video game from the nineties
            I saw the twist coming a mile off|the trailer showed all the good bits
            people were leaving before the end|I could not care less about the characters
            the lead cannot act|they should have stopped at the first one
            half the cast looked bored|the script is a string of clichés
            the camera never stops shaking|I could not hear a word they said
            nothing happens for the first hour|the story goes nowhere
            it insults the book it came from|the kids were bored stiff
            we switched it off after twenty minutes|the couple had no chemistry
            it drags in the middle|I rolled my eyes the whole way through
            the music drowned out the actors|there was no ending to speak of
            it steals every idea from better films|I will never get those two hours back
            it was canned laughter and nothing else
            """
        ),
        facts=_split(
            """
            we saw it on a Tuesday evening|it runs for about two hours|I watched it on the plane
            it was the late showing|we streamed it at home|it is set in Chicago in the seventies
            my son chose it|I had popcorn
            """
        ),
    ),
    "books": Domain(
        things=_split(
            """
            book|novel|biography|thriller|collection|cookbook|memoir|guide|textbook|audiobook
            story|comic|anthology|poetry collection|crime novel
            """
        ),
        aspects=_split(
            """
            plot|prose|writing|ending|story|translation|first chapter|narrator|author's voice
            pace|cover|research|index|hero|print
            """
        ),
        plurals=_split(
            """
            characters|chapters|descriptions|illustrations|recipes|pages|poems
            """
        ),
        made=_split(
            """
            written|translated|edited|plotted|researched|bound
            """
        ),
        rivals=_split(
            """
            her last novel|the film version|the first in the series
            any other book on the subject|the earlier edition|the bestseller everyone reads
            """
        ),
        good=_split(
            """
            well written|page-turning|unputdownable|lyrical|well researched|readable|eye-opening
            beautifully observed|richly imagined|tightly plotted|wise|tender|evocative|profound
            hard to put down
            """
        ),
        bad=_split(
            """
            badly written|long-winded|wordy|turgid|rambling|padded|hard to follow|poorly edited
            riddled with typos|preachy|dry as dust|overwritten|badly translated|heavy going
            one-dimensional
            """
        ),
        praise=_split(
            """
            I could not put it down|I read it in one sitting
            I stayed up until three to finish it|I was sorry to reach the last page
            the characters leap off the page|every sentence sings
            I have bought copies for all my friends|I missed my stop because I was so absorbed
            it changed the way I think|the author writes like an angel|the twists kept coming
            I laughed out loud on the train|I learned something on every page
            the ending tied everything together|I went straight out and bought the next one
            it brings history to life|it explains hard ideas in plain words
            our book club loved it|the pages turned themselves|I underlined half of it
            the recipes work every time|it made me cry and laugh
            it has a permanent place on my shelf|I felt I knew these people
            the pictures are gorgeous|my daughter asks for it every night
            I could picture every street|not a word is wasted|the suspense never lets up
            I started again as soon as I finished|the reader brings every voice to life
            it answered every question I had|I will treasure this copy
            """
        ),
        blame=_split(
            """
            I gave up after fifty pages|I could not finish it
            I had to force myself to turn the pages|I skipped whole chapters
            the characters are made of cardboard|I did not care who did it
            the plot goes round in circles|it was full of spelling mistakes
            pages fell out of the spine|the ending was a cop-out
            the author loves the sound of his own voice|it could have been half as long
            it repeats the same point over and over|I lost the thread by chapter three
            it reads like a school essay|nothing happened for two hundred pages
            the facts are simply wrong|I guessed the killer on page ten
            the print is too small to read|the recipes leave out half the steps
            it put me to sleep every night|it was a slog from start to finish
            our book club hated it|the hero is impossible to like
            it gathered dust on the bedside table|I threw it across the room
            the translation is full of howlers
            it ends on a cliffhanger just to sell the next one
            the dialogue sounds like nobody on earth|I took it back to the library unread
            the last third falls apart|the cover gave away the ending
            the narrator's voice grated on me
            """
        ),
        facts=_split(
            """
            I read it on holiday|it has three hundred pages|my aunt lent it to me
            I borrowed it from the library|it is the second in the series
            we chose it for our book club|I bought the paperback
            """
        ),
    ),
    "restaurants": Domain(
        things=_split(
            """
            restaurant|meal|café|dinner|lunch|takeaway|pizzeria|bistro|brunch place|bakery
            curry house|bar|pub|diner|coffee shop
            """
        ),
        aspects=_split(
            """
            food|service|menu|steak|soup|pizza|dessert|atmosphere|coffee|bread|wine list|waiter
            fish|pasta|curry|seafood|waitress|chicken|salad
            """
        ),
        plurals=_split(
            """
            staff|portions|chips|vegetables|starters|burgers|cocktails|noodles|desserts
            """
        ),
        made=_split(
            """
            cooked|seasoned|served|presented|prepared
            """
        ),
        rivals=_split(
            """
            the place next door|the chain down the road|my own cooking|the old chef's food
            the other place in town|the canteen at work
            """
        ),
        good=_split(
            """
            delicious|tasty|mouth-watering|tender|juicy|full of flavour|crispy|piping hot
            moreish|well seasoned|succulent|fragrant|beautifully presented|filling|scrumptious
            yummy
            """
        ),
        bad=_split(
            """
            tasteless|greasy|soggy|overcooked|undercooked|burnt|lukewarm|stone cold|salty|watery
            chewy|rubbery|dry|oily|inedible|tough|mushy|stodgy
            """
        ),
        praise=_split(
            """
            the meat melts in the mouth|we cleaned our plates|everything arrived piping hot
            the staff could not do enough for us|the waiter remembered our names
            they found us a table without a booking|the portions were huge
            we were seated straight away|the fish was cooked to perfection
            the chef came out to say hello|I licked the spoon
            I am still dreaming about the dessert|we were not kept waiting
            the bread was straight from the oven|they brought my daughter a birthday cake
            every mouthful was a joy|the bill was a pleasant surprise
            they were happy to cook something vegan|my glass was never empty
            we booked again before we left|the pizza base was thin and crisp
            the coffee was strong and smooth|the flavours were beautifully balanced
            nothing came out of a packet|they took great care over my allergy
            my fussy children ate everything|the burger was the juiciest I have had
            the waitress gave us great advice|there was not a crumb left
            the soup tasted like my grandmother's|the sauce was to die for
            the views from the terrace were lovely|we were made to feel at home
            we stayed for hours and nobody rushed us
            """
        ),
        blame=_split(
            """
            our food arrived cold|we waited an hour for our starters
            they kept us waiting for ages|the waiter rolled his eyes|I found a hair in my soup
            the chicken was raw in the middle|the steak was as tough as old boots|we left hungry
            they got our order wrong twice|the bill had things on it we never ordered
            the table was sticky|I was ill all night|the whole table had food poisoning
            the chips were soggy|the fish smelled off|they had lost our booking
            the staff stood around chatting|nobody apologised|the portions were tiny
            the wine was corked|half the menu was off|the toilets were disgusting
            the music was so loud we had to shout|we were rushed out of the door
            the pasta was overcooked to mush|the coffee tasted like dishwater
            there was a fly in my drink|the waitress was rude to my mother
            the vegetables came out of a tin|the cake was stale
            they added a service charge for nothing|the toast was burnt|it was drowned in salt
            we sent it back and it came back worse|the meat was all fat and gristle
            """
        ),
        facts=_split(
            """
            we went on a Friday night|it is near the station|I ordered the lasagne
            there were six of us|we sat by the window|it was my birthday|we had booked for eight
            I am vegetarian
            """
        ),
    ),
    "hotels": Domain(
        things=_split(
            """
            hotel|guest house|room|hostel|resort|apartment|bed and breakfast|stay|campsite
            cottage|suite|villa|lodge|motel
            """
        ),
        aspects=_split(
            """
            room|bed|breakfast|shower|reception|location|view|pool|bathroom|air conditioning
            wifi|lobby|gym|balcony|mattress|check-in
            """
        ),
        plurals=_split(
            """
            staff|towels|sheets|pillows|rooms|facilities|gardens|cleaners
            """
        ),
        made=_split(
            """
            furnished|run|decorated|cleaned|equipped|managed
            """
        ),
        rivals=_split(
            """
            the place we stayed last year|the hostel across the street
            the cheap motel by the airport|the other hotel in the area
            """
        ),
        good=_split(
            """
            spacious|airy|quiet|peaceful|central|spick and span|homely|well equipped|sunny|roomy
            well kept|restful|well located|comfy|hospitable
            """
        ),
        bad=_split(
            """
            damp|musty|draughty|poky|run-down|stuffy|dusty|cockroach-ridden|badly lit|mildewed
            freezing|unhygienic|dilapidated|seedy|in need of repair
            """
        ),
        praise=_split(
            """
            I slept like a baby|the bed was like a cloud|the staff went out of their way to help
            they upgraded us for free|we woke up to a view of the sea
            the breakfast had something for everyone|check-in took two minutes
            nothing was too much trouble|the room was spotless|fresh towels appeared every day
            we could walk everywhere|the pool was warm and clean|they let us check in early
            the receptionist drew us a map|we did not hear a sound all night
            the owner treated us like family|the shower was hot and powerful
            they left chocolates on the pillow|the sheets smelled of lavender
            the wifi was fast in every room|they looked after our bags all day
            we extended our stay by two nights|the children loved the pool
            the balcony caught the evening sun|our dog was welcome too
            they posted my lost scarf home to me|the photos do not do it justice
            the garden was a haven|there was even a kettle and fresh milk
            they packed us a breakfast for the early train|the mattress did wonders for my back
            the porter ran after us with my phone|it was a home from home
            """
        ),
        blame=_split(
            """
            the room smelled of mould|there were hairs in the shower
            the bed was as hard as a board|we could not sleep for the noise
            the walls were paper thin|the shower was a cold trickle
            the air conditioning rattled all night|we found bed bugs|the sheets were stained
            the carpet was sticky|the receptionist ignored us|they had given our room away
            they charged my card twice|there was no hot water|the lift was out of order all week
            the pool was green|the breakfast ran out by nine|the wifi never worked
            the window did not close|a cockroach ran across the floor|the view was a brick wall
            they refused to give us a refund|the towels were grey and thin
            the toilet was blocked|there was a building site next door
            it looked nothing like the photos|the key card failed three times
            our luggage went missing|the bathroom ceiling was dripping
            the heating was broken in January|the lock on the door was broken
            the disco below thumped until four|we checked out a day early
            the mattress sagged in the middle|housekeeping never came
            they hid the resort fee until we paid
            """
        ),
        facts=_split(
            """
            we stayed for three nights|our room was on the second floor|we came by car
            it was half term|I was there on business|it is ten minutes from the beach
            we booked online
            """
        ),
    ),
    "music": Domain(
        things=_split(
            """
            album|concert|song|band|gig|record|single|festival|singer|orchestra|playlist
            live show|remix|choir|tour
            """
        ),
        aspects=_split(
            """
            sound|voice|singing|guitar work|production|opening track|chorus|atmosphere|crowd
            venue|drumming|mix|bass line|encore|setlist
            """
        ),
        plurals=_split(
            """
            lyrics|melodies|songs|vocals|harmonies|tracks|tunes
            """
        ),
        made=_split(
            """
            produced|performed|sung|mixed|recorded|arranged
            """
        ),
        rivals=_split(
            """
            the first album|the studio version|their early work|the support act
            what is on the radio|the last tour
            """
        ),
        good=_split(
            """
            melodic|hypnotic|soulful|rousing|toe-tapping|danceable|infectious|foot-stomping
            spine-tingling|tuneful|full of life|atmospheric|raw and honest|timeless|exhilarating
            """
        ),
        bad=_split(
            """
            out of tune|off-key|tuneless|whiny|tinny|muffled|overproduced|deafening|screechy
            shouty|flat and tired|droning|grating|ear-splitting|soulless|formulaic
            """
        ),
        praise=_split(
            """
            I have had it on repeat all week|the crowd sang every word|her voice gave me shivers
            I got up and danced|every track is a winner|they played all the old favourites
            the hair on my neck stood up|the band was on fire|I sang along all the way home
            the sound was crystal clear|they came back for three encores
            it grows on you with every listen|the tune is stuck in my head and I do not mind
            I bought the vinyl as well|his guitar solo brought the house down
            the lyrics speak to me|there is no filler on it|I could listen to her for hours
            she sounds even better live|they gave it everything|I had tears in my eyes
            it takes me back to my youth|the drummer never missed a beat
            the harmonies are to die for|we were dancing in the aisles
            it got me through a hard winter|nobody wanted to go home
            my teenager and I both love it|the last song raised the roof
            they have found their sound at last|I hear something new every time
            it makes the commute bearable|the strings soar
            """
        ),
        blame=_split(
            """
            I skipped most of the tracks|the singer was out of tune all night
            the sound was so muddy you could not hear the vocals|they came on two hours late
            they played for only forty minutes|my ears hurt|every song sounds the same
            the lyrics are rubbish|she mimed the whole set|he forgot his own words
            we left before the encore|the crowd was booing|it is all filler and no hits
            the record arrived scratched|the vinyl skips|I turned it off after three songs
            the bass drowned everything|they ignored the old songs
            the drummer could not keep time|my dog howled at it|we could not see the stage
            the show was cancelled at the last minute|it sounds like it was recorded in a bucket
            they have run out of ideas|his voice has gone|it gave me a headache
            the speakers crackled all evening|the band looked as if they wanted to be elsewhere
            they sold out|I sold my copy the next day|the melody goes nowhere
            it is elevator music|people talked all the way through
            """
        ),
        facts=_split(
            """
            they played in Leeds|it has eleven tracks|I listened to it on the bus
            I had never heard of them before|we stood near the back|it came out in March
            my brother plays the drums
            """
        ),
    ),
    "electronics": Domain(
        things=_split(
            """
            phone|laptop|camera|speaker|television|tablet|headset|charger|printer|watch|router
            keyboard|monitor|vacuum cleaner|pair of headphones|torch|radio|power bank|doorbell
            """
        ),
        aspects=_split(
            """
            battery|screen|sound|picture|build quality|setup|charger|camera|microphone
            remote control|display|signal|range|volume|cable|hinge|packaging
            """
        ),
        plurals=_split(
            """
            buttons|speakers|instructions|pictures|controls|settings|features
            """
        ),
        made=_split(
            """
            made|built|designed|packaged|engineered
            """
        ),
        rivals=_split(
            """
            my old one|the cheaper model|the previous version|the one from the supermarket
            the big brand|last year's model
            """
        ),
        good=_split(
            """
            fast|lightweight|powerful|long-lasting|sleek|compact|quiet when running
            crystal clear|feature-packed|easy to set up|well built|rock solid|portable
            top of the range|energy-saving
            """
        ),
        bad=_split(
            """
            laggy|underpowered|overheating|tinny|dim|bulky|dead on arrival|plasticky
            slow to charge|noisy when running|pixelated|short-lived|poorly made|hard to set up
            badly assembled
            """
        ),
        praise=_split(
            """
            the battery lasts all day|it worked on the first try
            it was up and running in five minutes|it still works after six years
            the picture is razor sharp|the sound fills the whole room|it charges in no time
            it has not let me down once|it connects in a second
            it survived a fall down the stairs|it arrived a day early|everything was in the box
            the screen is a joy to look at|even my grandfather can use it
            they replaced it without a question|it has never frozen
            I can hear every word on calls|it is whisper quiet|the photos come out beautifully
            it holds its charge for weeks|the buttons are where you expect them
            the instructions were clear|it paired with my phone at once
            it feels solid in the hand|it does everything I ask of it
            it is light enough to carry all day|support called me back within the hour
            it has cut our electricity bill|the range covers the whole house
            it picks up every crumb|it looks as good as new|no more tangled cables
            the colours pop|it shrugged off the rain
            """
        ),
        blame=_split(
            """
            it stopped working after a week|it died after two months
            the battery drains in an hour|the screen cracked on the first day
            it would not turn on|it overheats|it arrived with a dead battery
            the charger caught fire|it keeps losing the signal|the sound crackles
            the buttons stick|the box was empty|parts were missing
            the instructions were in no language I know
            the microphone makes me sound like a robot|it freezes every five minutes
            the hinge snapped|they sent the wrong model|the warranty turned out to be useless
            customer service ignored my emails|it drops the connection all the time
            it hums like a fridge|the picture flickers|it was clearly second-hand
            the plug did not fit|it scratches if you look at it|it jams on every other page
            it turns itself off|half the features do not work|it takes all night to charge
            the remote gave up after a day|it got so hot I could not hold it
            smoke came out of it|I had to return it twice|the lens is always foggy
            the ink costs more than the machine
            """
        ),
        facts=_split(
            """
            I bought this for my sister|it came in a brown box|I use it in the office
            I ordered the black one|it replaced my old model|it has two ports
            it was on sale in November
            """
        ),
    ),
    "software": Domain(
        things=_split(
            """
            app|program|update|website|game|tool|service|plugin|browser|version|platform|editor
            online store|password manager|navigation app
            """
        ),
        aspects=_split(
            """
            interface|search|sync|layout|login|update|tutorial|support|design|performance
            installation|gameplay|save function|map|documentation
            """
        ),
        plurals=_split(
            """
            menus|graphics|controls|features|levels|notifications|settings|ads
            """
        ),
        made=_split(
            """
            designed|programmed|documented|tested|coded|translated
            """
        ),
        rivals=_split(
            """
            the old version|the free alternative|the web version|a spreadsheet|pen and paper
            its main competitor
            """
        ),
        good=_split(
            """
            stable|snappy|addictive|ad-free|uncluttered|well documented|lightning fast
            easy to learn|easy on the eye|customisable|accessible|regularly updated|bug-free
            polished to a shine
            """
        ),
        bad=_split(
            """
            laggy|crash-prone|cluttered|bug-ridden|confusing to use|slow to load|spammy
            full of ads|counter-intuitive|unresponsive|bloated with ads|riddled with bugs
            insecure|half-finished|poorly documented
            """
        ),
        praise=_split(
            """
            it has never crashed on me|it saves me an hour a day|it installed in seconds
            I learned it in an afternoon|the developers answer every question
            it syncs across all my devices|it just works|my data is safe and easy to export
            the search finds everything|the update fixed every bug|there are no ads at all
            I cancelled my other subscriptions|it loads in a flash
            it does one thing and does it well|I have used it daily for years
            even beginners find their way|it recovered my lost photos
            the free version has all I need|the shortcuts make work a pleasure
            the new design is so much clearer|I cannot stop playing
            the levels get harder at just the right pace|it found a route round every jam
            checkout took two clicks|they added the feature I asked for
            it runs well on my ancient laptop|I replaced three programs with it
            the tutorial walks you through everything|it respects your privacy
            my team was won over in a day|it backs everything up without asking
            the support team solved it in one chat|the graphics are jaw-dropping
            """
        ),
        blame=_split(
            """
            it crashes every time I open it|it lost my data|it deleted all my photos
            I cannot log in|it freezes on the loading screen|the update broke everything
            it is full of ads|it spams me with notifications|it drains the battery
            the search finds nothing|they moved every button
            it charges you after the trial without a word|I could not cancel my subscription
            support sends the same canned reply|it wants access to all my contacts
            it forgets my settings|it logs me out every hour|half the links are dead
            error messages pop up all day|nobody answers the support emails
            it froze halfway through payment|it erased three weeks of work
            the new layout hides what I need|it hogs all the memory|it sold my email address
            everything worth having is behind a paywall|it sent me down a dead-end road
            the controls do not respond|it will not install|I had to reboot twice
            you cannot pass level two without paying|it slowed my computer to a crawl
            the export comes out scrambled|the file would not open again
            """
        ),
        facts=_split(
            """
            I use it on my tablet|I installed it last month|it is available in six languages
            we use it at work|I have version four|it asks for an email address
            my nephew told me about it
            """
        ),
    ),
    "clothing": Domain(
        things=_split(
            """
            jacket|dress|coat|jumper|pair of shoes|pair of jeans|shirt|bag|hat|suitcase|skirt
            scarf|T-shirt|pair of boots|watch strap|pair of socks|swimsuit|rucksack
            """
        ),
        aspects=_split(
            """
            fit|fabric|colour|cut|zip|stitching|lining|quality|material|size|sole|waistband
            collar|strap
            """
        ),
        plurals=_split(
            """
            seams|buttons|pockets|sleeves|laces|heels|sizes
            """
        ),
        made=_split(
            """
            made|cut|stitched|sewn|finished|tailored
            """
        ),
        rivals=_split(
            """
            the one I had before|the designer version|the picture online|my old pair
            the one from the market
            """
        ),
        good=_split(
            """
            flattering|snug|breathable|soft to the touch|well cut|true to size|waterproof
            warm and light|hard-wearing|comfy|chic|well stitched|roomy|easy to wash|supportive
            """
        ),
        bad=_split(
            """
            itchy|baggy|see-through|badly cut|ill-fitting|shapeless|too tight|thin and flimsy
            frumpy|scratchy against the skin|poorly stitched|misshapen|stiff|sweaty|badly dyed
            """
        ),
        praise=_split(
            """
            it fits perfectly|it fits like a glove|it has kept its shape after fifty washes
            I get compliments every time I wear it|the fabric feels wonderful
            it kept me dry in a downpour|the colour has not faded|I bought it in three colours
            the stitching is faultless|it is true to size|my feet did not hurt once
            I wore them straight out of the box without a blister|it washes beautifully
            it did not shrink|the zip glides|the pockets are deep enough for everything
            I live in it|the leather gets better with age|it needs no ironing
            it makes me look slimmer|it looks far more expensive than it was
            the exchange was quick and free|it is so soft I do not want to take it off
            they are like walking on air|it kept me warm at minus ten
            strangers ask me where I got it|my husband will not take his off
            the soles still grip after two winters|it survived the washing machine
            the length is just right|it hangs beautifully|it goes with everything
            """
        ),
        blame=_split(
            """
            the zip broke after a week|it shrank in the first wash|the seams came apart
            the colour ran|the buttons fell off|it fell apart after two washes
            it is two sizes too small|it looks nothing like the picture|it itches like mad
            the sole came off|my feet were covered in blisters|it smelled of chemicals
            it lets the rain straight in|it stretched out of shape
            the fabric is so thin you can see through it|a hole appeared under the arm
            the handle tore off|the heel snapped|threads were hanging everywhere
            the dye stained my skin|the strap broke on the first trip
            it creases the moment you sit down|they sent the wrong size
            returning it cost more than it was worth|it bobbles after one wear
            it faded in a month|the lining ripped|it makes me look like a sack of potatoes
            the sleeves are too short|they pinch my toes|the velcro gave out|I froze in it
            it was creased and had a stain on it|the elastic went in no time|it rubs my neck raw
            """
        ),
        facts=_split(
            """
            I usually take a medium|I ordered the blue one|it was a present from my mother
            I wore it to a wedding|I am quite tall|it comes in four colours
            I bought it in the sale
            """
        ),
    ),
    "kitchen": Domain(
        things=_split(
            """
            pan|kettle|blender|knife|coffee machine|toaster|saucepan|mixer|oven|fridge
            dishwasher|chopping board|baking tin|lunch box|flask|set of glasses|food processor
            peeler|rice cooker|teapot
            """
        ),
        aspects=_split(
            """
            handle|lid|coating|blade|motor|design|finish|size|timer|seal|base|spout|weight|jug
            """
        ),
        plurals=_split(
            """
            knobs|blades|instructions|parts|edges|settings
            """
        ),
        made=_split(
            """
            made|built|designed|finished|put together
            """
        ),
        rivals=_split(
            """
            my old one|the professional version|the cheap one from the discount shop
            my mother's cast iron|doing it by hand
            """
        ),
        good=_split(
            """
            non-stick|easy to clean|razor sharp|hard-wearing|dishwasher-safe|well balanced
            leakproof|space-saving|quick to heat|solidly built|evenly heated|heat-resistant
            nifty|rust-free
            """
        ),
        bad=_split(
            """
            leaky|rusty|blunt|wobbly|hard to clean|easily scratched|brittle|awkward to hold
            badly balanced|deafeningly loud|sticky|badly sealed|warped|slow to boil
            """
        ),
        praise=_split(
            """
            nothing sticks to it|it wipes clean in seconds|it cuts through tomatoes like butter
            it boils in under two minutes|it makes the best coffee I have had at home
            it heats evenly|my bread has never been better
            it has been through the dishwasher a hundred times|the lid seals tight
            it does not leak a drop|it keeps tea hot all day|I use it every single day
            it crushes ice with ease|the handle stays cool|it takes up hardly any space
            it looks lovely on the counter|it makes cooking a pleasure|it stays sharp
            my cakes slide straight out|it chops onions without tears|it is as quiet as a mouse
            it has not chipped|the toast comes out golden every time|it is built like a tank
            I have thrown out all my other pans|it comes apart for washing
            it pours without a drip|it turned me into a decent cook
            it paid for itself in a month|it froths milk like a proper café
            dinner is ready in half the time|the timer is always right
            """
        ),
        blame=_split(
            """
            everything sticks to it|the handle came off in my hand|it rusted after one wash
            the coating peeled into our food|it leaks all over the worktop|it burns everything
            the motor burnt out|it smells of burning plastic|the blade was blunt after a week
            the lid does not fit|the glass shattered|it takes forever to heat up
            it tripped the fuse|it is impossible to clean|it scratched the first time I used it
            it turned my food black|the base warped|it cannot even chop a carrot
            it tastes of metal|it dribbles when you pour|it wakes the whole house
            it burnt my fingers|the spring went after a fortnight|it arrived in pieces
            it was chipped and badly packed
            the toast is black on one side and white on the other|it flooded the kitchen
            it froze all my lettuce|the timer never goes off|it cracked in the dishwasher
            a piece of plastic broke off into the dough|it will not stay on the worktop
            it squeaks and shakes|spare parts cannot be had
            """
        ),
        facts=_split(
            """
            I bake every weekend|it holds about two litres|we got it as a wedding present
            I use it for porridge|it is made of steel|I ordered it on a Monday
            our kitchen is small
            """
        ),
    ),
    "toys": Domain(
        things=_split(
            """
            toy|puzzle|board game|doll|train set|teddy bear|construction set|scooter|kite
            card game|craft kit|play tent|toy car|jigsaw|night light|bike|pushchair|water pistol
            """
        ),
        aspects=_split(
            """
            box|paint|idea|rule book|quality|size|battery cover|design|price|instruction sheet
            finish
            """
        ),
        plurals=_split(
            """
            pieces|wheels|colours|rules|instructions|cards|stickers|batteries
            """
        ),
        made=_split(
            """
            made|designed|painted|packed|thought up
            """
        ),
        rivals=_split(
            """
            the one his cousin has|the wooden one we had as children|the branded version
            the cheap copy
            """
        ),
        good=_split(
            """
            child-safe|educational and fun|well loved|easy to assemble|indestructible
            fun for all ages|cuddly|cute|exciting for children|colourful and sturdy|addictive
            washable|splinter-free|fun to share
            """
        ),
        bad=_split(
            """
            babyish|easily broken|sharp-edged|toxic-smelling|too fiddly|badly painted
            impossible to assemble|quickly forgotten|dull for children|ear-splitting|splintery
            unsafe for toddlers|badly moulded|too easy to lose
            """
        ),
        praise=_split(
            """
            my son plays with it every day|the kids fight over who goes first
            it kept them busy for hours|she takes it everywhere
            her face lit up when she opened it|it survived being thrown down the stairs
            he has not put it down since Christmas|it went together in ten minutes
            all the pieces were there|the grown-ups want a turn as well
            it has outlasted three children|she hugs it to sleep
            they forgot about the television|he learned to count with it
            the whole family plays it on Sundays|it folds away in seconds
            the paint has not chipped|it is chunky enough for little hands
            the rules take two minutes to learn|every game turns out different
            it makes them giggle|it was the hit of the party|my niece squealed with joy
            he built it all by himself|it still looks new|it gets them out in the fresh air
            the batteries last for ages|no sharp edges anywhere
            she asks for it first thing in the morning|we never get tired of it
            it is so soft and cuddly|I would buy it for every child I know
            """
        ),
        blame=_split(
            """
            it broke on Christmas morning|a wheel came off within minutes
            half the pieces were missing|the kids were bored after five minutes
            it has not been touched since|the paint came off in his mouth
            she cried when it snapped|the stuffing came out|the rules make no sense
            it never flies|it is far too hard for a six-year-old
            it took us three hours to put together|the pieces do not fit together
            a small part came loose and he nearly swallowed it|the batteries ran out in a day
            it smells of petrol|it gave her a splinter|it fell over every time
            the stickers would not stick|the noise drives us up the wall|the arm fell off
            it is tiny compared with the picture|the box was crushed|the string tangled at once
            it tipped over with him in it|it lay in a corner by Boxing Day
            the brakes do not work|it scratched the floor|every game ends in tears
            the eyes fell off|it was recalled|the colours came off on her hands
            nobody wanted a second game
            """
        ),
        facts=_split(
            """
            it was for my nephew's fifth birthday|my son is seven|it says ages four and up
            we ordered two|it needs three batteries|the twins got one each
            it was on her wish list
            """
        ),
    ),
    "travel": Domain(
        things=_split(
            """
            trip|flight|tour|cruise|train ride|excursion|museum|beach|city break|airline|ferry
            taxi ride|bus tour|safari|theme park|holiday|boat trip|exhibition|ski resort
            walking tour
            """
        ),
        aspects=_split(
            """
            guide|scenery|journey|seat|weather|food on board|booking|itinerary|crew|audio guide
            atmosphere|ticket office|boarding
            """
        ),
        plurals=_split(
            """
            views|queues|sights|staff|rides|seats|drivers
            """
        ),
        made=_split(
            """
            organised|planned|run|signposted|managed
            """
        ),
        rivals=_split(
            """
            the cheaper airline|last year's trip|the bus|the other tour
            the famous one everyone goes to|staying at home
            """
        ),
        good=_split(
            """
            scenic|picturesque|well organised|unspoilt|relaxing and fun|on time|eye-opening
            awe-inspiring|smooth and quick|well planned|adventurous|hassle-free|clean and quiet
            once in a lifetime
            """
        ),
        bad=_split(
            """
            overcrowded|touristy|badly organised|delayed for hours|packed like a tin of sardines
            bumpy|littered|badly signposted|rained off|tacky and overpriced|polluted|cancelled
            badly planned|exhausting and dull
            """
        ),
        praise=_split(
            """
            we arrived on time|the views took our breath away
            our guide was a mine of information|the crew were all smiles
            we saw whales on the first day|boarding took ten minutes|there was plenty of legroom
            our bags were first off the belt|the queue moved quickly
            we had the beach to ourselves|the driver waited for us
            the children did not want to leave|they rebooked us free of charge
            the trip went like clockwork|every stop was a highlight|the water was crystal clear
            the locals were so kind|we took a thousand photos|we made friends for life
            the captain let the kids see the cockpit|I felt safe the whole time
            it was the holiday of a lifetime|we got there half an hour early
            the seats were wide and clean|there was no waiting at all
            the museum deserves a whole day|the sunset was unforgettable
            the guide answered every question|it was a dream come true
            they thought of everything|the train glided along without a jolt|we came home rested
            the snow was perfect all week
            """
        ),
        blame=_split(
            """
            our flight was delayed by six hours|they lost our luggage|we missed our connection
            we queued for two hours in the rain|the guide read from a sheet
            the guide hardly spoke English|there was no legroom|the crew were rude
            the beach was covered in litter|they cancelled at the last minute
            we spent more time on the bus than at the sights|half the rides were closed
            the boat stank of diesel|I was seasick and nobody cared
            the driver was on his phone the whole way|the taxi took the long way round
            they charged extra for everything|the exhibition was three empty rooms
            we were herded like cattle|the seats were broken
            the toilets on board were out of order|the tour dropped us at gift shops
            it rained and they had no plan|nobody told us the gate had changed
            the train broke down in a field|my suitcase came back in two pieces
            they would not refund the tickets|the place was crawling with tourists
            we were stung by hidden fees|the driver got lost twice
            the heating on the coach was broken|my seat did not recline
            we sat on the runway for three hours|the brochure was a pack of lies
            we nearly crashed
            """
        ),
        facts=_split(
            """
            we flew from Manchester|there were four of us|it took about three hours
            we went in September|it was our anniversary|we travelled with a baby
            I had a window seat|we live nearby
            """
        ),
    ),
    "fitness": Domain(
        things=_split(
            """
            gym|yoga class|trainer|running shoe|treadmill|diet plan|fitness tracker|protein bar
            massage|physiotherapist|mattress topper|cream|supplement|pool|exercise bike|dentist
            clinic|face mask|meditation app|shampoo
            """
        ),
        aspects=_split(
            """
            effect|taste|instructor|changing room|equipment|treatment|smell|advice|routine
            texture|programme|doctor|result|timetable
            """
        ),
        plurals=_split(
            """
            exercises|classes|machines|showers|results|ingredients|nurses|trainers
            """
        ),
        made=_split(
            """
            run|taught|planned|put together|explained
            """
        ),
        rivals=_split(
            """
            my old gym|the other cream I tried|exercising at home|what the doctor gave me
            the class at the leisure centre
            """
        ),
        good=_split(
            """
            invigorating|motivating|energising|pain-relieving|gentle on the skin|well equipped
            encouraging|easy to follow|nourishing|restorative|friendly and clean
            good for beginners|life-changing|fast-acting
            """
        ),
        bad=_split(
            """
            overcrowded|sweaty and dirty|foul-tasting|ineffectual|badly maintained
            greasy on the skin|demotivating|sickly|bad for the knees|chalky
            irritating to the skin|intimidating|unhygienic|sickeningly sweet
            """
        ),
        praise=_split(
            """
            my back pain has gone|I lost ten kilos|I sleep better than I have in years
            my skin has never looked better|I have more energy
            the instructor remembers everyone's name|the trainer pushed me just enough
            it cleared up my rash in days|there is always a machine free
            the changing rooms are spotless|I can touch my toes again
            I ran my first marathon thanks to it|the dentist was so gentle I felt nothing
            the nurse put me at ease|I was seen on time|it tastes like real chocolate
            I look forward to every class|my knees no longer ache|I came out floating on air
            it fits into a busy day|I can see the difference already|it soothed my skin at once
            beginners are made welcome|he fixed my shoulder in two sessions
            my hair feels like silk|the doctor listened and took her time
            the water is always warm|I no longer get headaches|it keeps track of every step
            my doctor is amazed at my results|it does not sting|I have not missed a session
            """
        ),
        blame=_split(
            """
            it made no difference at all|I came out in a rash|it burned my skin
            my back hurts more than before|half the machines are out of order
            the showers are cold and slimy|they kept charging me after I cancelled
            the instructor spent the class on her phone
            I pulled a muscle because nobody showed me how|it tastes like cardboard
            it gave me stomach cramps|I felt sick for days|I gained weight
            the classes are always full|the trainer never turned up
            the changing room stinks of sweat|you queue for every machine
            the step counter is miles out|the dentist hurt me and laughed it off
            the doctor did not listen|I waited two hours past my appointment
            the strap gave me a rash|it stings the eyes|it leaves a greasy film|my hair fell out
            the clasp broke mid-run|it is impossible to cancel the contract
            the pool was closed more than it was open|the lotion stained my sheets
            it smells of wet dog|the results wore off in a day|they lost my test results
            the receptionist barked at me|it made my eyes water
            """
        ),
        facts=_split(
            """
            I go twice a week|I am fifty-two|I used it for a month|it is near my office
            my doctor suggested it|I take it in the morning|I run most days
            """
        ),
    ),
    "services": Domain(
        things=_split(
            """
            garage|plumber|bank|delivery service|hairdresser|repair shop|electrician
            insurance company|phone company|estate agent|cleaning service|courier|post office
            removal firm|lawyer|vet|car hire firm|call centre|dry cleaner|energy supplier
            builder|mechanic|florist|photographer
            """
        ),
        aspects=_split(
            """
            service|work|price|communication|quote|delivery|repair|advice|attitude|response
            invoice|booking|helpline|job|haircut
            """
        ),
        plurals=_split(
            """
            staff|workmen|drivers|charges|opening hours|emails|terms
            """
        ),
        made=_split(
            """
            run|managed|organised|carried out|handled
            """
        ),
        rivals=_split(
            """
            the last firm we used|my old bank|the dealer's garage|the competition
            doing it myself
            """
        ),
        good=_split(
            """
            hard-working|well mannered|fairly priced|on the ball|efficient and friendly
            transparent|honest and quick|well informed|quick to reply|obliging
            true to their word|easy to deal with|down to earth|fuss-free
            """
        ),
        bad=_split(
            """
            uncontactable|unpunctual|evasive|slow to reply|money-grabbing|bureaucratic
            dishonest and rude|couldn't-care-less|pushy|patronising|slapdash|hard to reach
            heavy-handed|greedy
            """
        ),
        praise=_split(
            """
            they arrived on time|they turned up when they said they would
            it was delivered the next day|he fixed it in half an hour
            they charged exactly what they quoted|they left the place spotless
            my call was answered straight away|they kept me informed at every step
            she explained everything patiently|the problem was sorted in one phone call
            the parcel was well packed|they refunded me within a day
            he found the fault when nobody else could|they did not charge for the visit
            they came out on a Sunday|the driver carried it up three floors|my car runs like new
            I got my deposit back in full|they finished ahead of schedule
            the haircut was just what I asked for|they treated our furniture like their own
            they did not try to sell me anything|the bank sorted it out in minutes
            the claim was paid within a week|they went the extra mile|our dog loves the vet
            the flowers were fresh and lasted two weeks|they remembered me from last time
            a real person picked up the phone|he cleaned up after himself
            the switch was painless|they rang to check I was happy
            nothing was broken in the move|the photos caught every smile
            """
        ),
        blame=_split(
            """
            they never turned up|they turned up three hours late|I was on hold for an hour
            nobody called me back|my parcel never arrived|the parcel was left in the rain
            it took six weeks to arrive|they charged double the quote
            the leak came back the next day|they broke my window and denied it
            they passed me from one department to the next|he left a mess behind
            they lost my documents|they closed my account without warning
            I had to chase them for weeks|the cheque bounced because of their mistake
            they rejected my claim on a technicality|they scratched the car
            the fault is still there|she hung up on me|they blamed me for their mistake
            my emails went unanswered|customer service ignored me
            they sent a bill for work they never did|they put the wrong fuel in
            the haircut left me in tears|they delivered it to the wrong house
            the driver threw it over the gate|they refused to take responsibility
            they kept my deposit|they talked down to me|the builder walked off halfway through
            the cake arrived squashed|the flowers were dead by morning
            the helpline is a robot that understands nothing|they dropped the piano
            """
        ),
        facts=_split(
            """
            I rang on Monday morning|they are on the high street|our boiler is ten years old
            it was a two-hour job|I have been a customer since May|we had moved house
            my car needed new brakes|I paid by card
            """
        ),
    ),
    "courses": Domain(
        things=_split(
            """
            course|class|workshop|lesson|teacher|lecture|seminar|online course|language school
            tutor|training day|webinar|degree|driving school|summer school|professor
            """
        ),
        aspects=_split(
            """
            material|pace|content|teaching|structure|feedback|homework|classroom|exam|syllabus
            explanation|certificate|lecturer
            """
        ),
        plurals=_split(
            """
            exercises|examples|slides|videos|handouts|lessons|assignments
            """
        ),
        made=_split(
            """
            taught|structured|explained|prepared|planned
            """
        ),
        rivals=_split(
            """
            the textbook|the free course online|my old school|the evening class I took before
            the other tutor
            """
        ),
        good=_split(
            """
            hands-on|well structured|easy to follow|well prepared|eye-opening|interactive
            clearly explained|well paced|challenging in a good way|encouraging|thought-provoking
            motivating|jargon-free|well taught
            """
        ),
        bad=_split(
            """
            badly taught|disorganised|full of jargon|hard to follow|out of date|badly prepared
            impossible to hear|too basic|badly explained|dry|unstructured|long-winded
            badly paced|irrelevant
            """
        ),
        praise=_split(
            """
            I passed first time|I finally understand fractions|I can hold a conversation now
            the teacher explained everything twice without complaint|I got the job thanks to it
            every question was answered|the examples came from real life
            I looked forward to every lesson|the hours flew by|my marks went up at once
            she makes a hard subject simple|the feedback was quick and helpful
            the videos are short and clear|I used it at work the very next day
            nobody was left behind|he makes everybody laugh and learn
            I learned more in a week than in a year at school
            the group was small enough for real attention|the tutor stayed behind to help me
            I have signed up for the next level|it gave me confidence
            my daughter no longer dreads maths|the exercises build on each other
            the slides were worth keeping|I took pages of notes|it opened doors for me
            he never made me feel stupid|I was never bored
            the project at the end brought it all together|we could ask anything
            it demystified the whole subject
            """
        ),
        blame=_split(
            """
            I learned nothing|I failed the exam because of it|the teacher read from the slides
            I dropped out after two weeks|the lecturer mumbled|half the links were broken
            he lost his temper with beginners|the material is ten years old
            questions were brushed aside|she was late for every lesson
            I could have learned it from a leaflet|the class was cancelled three times
            forty of us shared one computer|the feedback never came
            the exam covered things we were never taught|we spent an hour on introductions
            the homework was never marked|the videos keep buffering|it was one long sales pitch
            I nodded off in the back row|the certificate is not recognised anywhere
            the tutor did not know the answer himself|he skipped the hard parts
            it moved too fast to follow|the examples do not run
            I was more confused than when I started|they refused to refund the fee
            the room was freezing and had no chairs|she made me feel stupid
            nobody finished the exercises|it promised the earth and taught us nothing
            """
        ),
        facts=_split(
            """
            it met on Wednesday evenings|there were twelve of us|it lasted ten weeks
            I took it online|my employer paid for it|I had some experience already
            we met in the library
            """
        ),
    ),
    "home": Domain(
        things=_split(
            """
            sofa|lawnmower|lamp|mattress|garden chair|paint|rug|tent|shelf|desk|wardrobe|plant
            hedge trimmer|duvet|curtain|heater|fan|drill|barbecue|hose|bookcase|garden shed
            candle|pillow|bed frame
            """
        ),
        aspects=_split(
            """
            assembly|colour|quality|finish|fabric|smell|frame|size|wood|delivery|stability
            packaging|instruction leaflet
            """
        ),
        plurals=_split(
            """
            legs|screws|cushions|drawers|instructions|panels|hinges|leaves
            """
        ),
        made=_split(
            """
            made|built|finished|packed|designed
            """
        ),
        rivals=_split(
            """
            our old one|the one from the furniture chain|the expensive one
            the display model in the shop|the one my neighbour has
            """
        ),
        good=_split(
            """
            sturdy and good-looking|weatherproof|easy to put together|cosy and warm
            solid as a rock|low-maintenance|supportive|well finished|easy to assemble|fragrant
            thriving|stain-resistant|space-saving|well sprung
            """
        ),
        bad=_split(
            """
            wobbly|rickety|lumpy|saggy|rusty|hard to assemble|splintered|withered|lopsided
            peeling|threadbare|smelly and stained|creaky|poorly finished
            """
        ),
        praise=_split(
            """
            it took ten minutes to put together|it is as solid as a rock
            it transformed the living room|it starts first time every time
            I sleep through the night now|the roses bloomed all summer|it survived a storm
            one coat was enough|the colour matches the picture
            the cushions have kept their shape|the delivery men carried it upstairs
            all the screws were there|the drawers slide smoothly
            the cat loves it as much as I do|it cut the grass like velvet
            it heats the room in minutes|the plants arrived healthy
            it has not rusted after two winters|it does not wobble at all
            it is so comfy that I fall asleep in it|it looks twice the price
            guests always ask about it|the seeds all came up|the stain wiped right off
            it packs down small|it kept us dry all night|it drills through concrete with ease
            the light is soft and warm|it fitted the gap to the millimetre
            my neck pain disappeared|it smells heavenly|the hose never kinks
            """
        ),
        blame=_split(
            """
            it wobbles|a leg snapped when I sat on it|the holes did not line up
            screws were missing|it took all day to assemble|the instructions were useless
            it collapsed under a few books|it arrived scratched|the wood split
            the mattress sagged within a month|the paint peeled off the wall
            it needed four coats|the plant was dead when it arrived|nothing came up
            it rusted in the first rain|the tent leaked on our heads
            the poles bent in a light breeze|it would not start|it chewed up the lawn
            the drawers jam|the fabric tore|the colour is nothing like the photo
            it stinks of glue|it sheds fluff everywhere|the cushions went flat|the fan rattles
            the hose burst|the bulb blew after two days|the delivery men dumped it in the road
            the veneer is peeling|the motor seized up|my back aches every morning
            it faded in the sun|the glass top was smashed|it fell off the wall
            slugs could have done a better job
            """
        ),
        facts=_split(
            """
            we have a small garden|it is in the hallway|we moved in last spring
            I ordered it in grey|it measures two metres|I put it up on Saturday
            our flat is on the third floor
            """
        ),
    ),
    "generic": Domain(
        things=_split(
            """
            product|purchase|thing|gift|item|place|experience|order|event|kit|set|subscription
            brand|shop|idea|parcel|party|market stall
            """
        ),
        aspects=_split(
            """
            quality|price|service|packaging|delivery|design|idea|finish|staff attitude|size
            colour|website|description|value
            """
        ),
        plurals=_split(
            """
            details|materials|instructions|photos|extras|options
            """
        ),
        made=_split(
            """
            made|put together|presented|thought through|packaged
            """
        ),
        rivals=_split(
            """
            the other one|the more expensive brand|what I had before|the cheaper alternative
            the rest of what I have tried|the last one I bought
            """
        ),
        good=_split(
            """
            handy to have|good for the price|nicely packaged|just right|easy to use
            built to last|as described|great value|cheap and cheerful|fit for purpose
            quality through and through|everything I wanted|well worth having
            """
        ),
        bad=_split(
            """
            overhyped|not as advertised|badly packaged|cheaply made|hard to use|falling to bits
            gimmicky|fiddly to use|poor quality|full of false promises|not what I ordered
            dear for what you get
            """
        ),
        praise=_split(
            """
            it arrived on time|it came well packed|it does what it says on the tin
            I use it every day|it was better than I expected|it made a perfect gift
            she was over the moon with it|the price was right|I got more than I paid for
            I have recommended it to everyone at work|I would buy it again
            I ordered a second one|it has lasted for years|it looks even better in real life
            they replied within minutes|the exchange was no trouble
            it arrived earlier than promised|I am so glad I bought it|my family loves it
            it works as well as on the first day|it has made my life easier
            I was pleasantly surprised|it was a steal at that price|I have no regrets
            I cannot find anything wrong with it|they put a handwritten note in the box
            it was wrapped with care|nothing was missing|we had the time of our lives
            everyone went home smiling|I wonder how I ever managed without it
            it was love at first sight|I keep coming back
            """
        ),
        blame=_split(
            """
            it arrived late|it arrived broken|it came in a torn box|it fell apart in days
            it stopped working after a month|I never got my refund|they ignored my complaint
            I returned it the same day|it was smaller than it looked|it looks cheap in real life
            they sent the wrong one|it was clearly used|they took my money and vanished
            it broke the first time I used it|I threw it away|I regret buying it
            it is gathering dust|the price doubled at checkout|it does not do what it says
            it promised a lot and gave nothing|I paid far too much|I felt cheated
            everyone complained|we left early|we got nothing we paid for
            nobody answered the phone|the description was a lie|it was a headache from day one
            I had to pay to send it back|it lasted a week
            she was too polite to say how bad it was|I was embarrassed to give it
            it has caused me no end of trouble|it is as much use as a chocolate teapot
            """
        ),
        facts=_split(
            """
            I bought it last month|it was a gift for my mother|I ordered it online
            we went on a Tuesday|I paid forty pounds|I needed it for work|this is my second one
            I saw it on television|it was raining that day|my neighbour has the same one
            """
        ),
    ),
}
