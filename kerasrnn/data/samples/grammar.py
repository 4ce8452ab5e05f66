"""Templates of review sentences, by how their words and their label go together.

Source: written by hand for this project, to be filled by `sentences.py`.

A template is written from the side of its own label: `{S.adj}` is an adjective of the same
polarity as the label, `{O.adj}` one of the other polarity.  Most templates serve both labels.
"""


def _lines(text: str) -> tuple[str, ...]:
    """One template a line; blank lines are dropped."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


# Every word here votes for the label: these teach what the words mean.
PLAIN = _lines(
    """
    {the_is} {very} {S.adj}.
    {the_is} {very} {S.adj} and {S.adj}.
    {the_is} {S.extreme}.
    {aspect_is} {S.extreme}.
    {aspect_is} {very} {S.gen} and {aspect_is} {S.gen}.
    {S.event}.
    {S.event}.
    {S.event}.
    {S.event}.
    {S.event}! {S.event}.
    {S.event}, {S.event} and {S.event}.
    {the_is} {S.gen}: {S.event}.
    {aspect_is} {S.gen}; {S.event}.
    {S.event} and {S.event}.
    {S.event}. {S.event}.
    {S.attr} {part}, {S.attr} {part}.
    {S.attr} {part}, {S.attr} {part} and {S.attr} {part}.
    What a {S.attr} {thing}!
    What a {S.attr} {thing}: {S.event}.
    A {S.attr} {thing} with {very} {S.attr} {plural}.
    {S.attr} {thing}, {S.attr} {plural}.
    I {S.loved} {the}.
    {who} {S.loved} {the}, and I agree.
    {the} {S.past}.
    {the} {S.past} and {S.past}.
    {who} found {part_the} {very} {S.gen}.
    You can tell straight away that {aspect_is} {S.gen}.
    I was {very} {S.feeling} with {the}.
    It left {who} {S.feeling}.
    {the} was {S.adverb} {made}.
    {S.adverb} {made} and {S.gen}.
    Easily the {S.best} {thing} I have come across in years.
    One of the {S.best} {thing_plural} {who} has ever had.
    Full of {S.noun} and {S.noun}.
    Nothing but {S.noun} from start to finish.
    {the_is} not only {S.adj} but also {S.adj}.
    {the_is} not just {S.gen}, it is {S.extreme}.
    I cannot call {the} anything other than {S.gen}.
    {part_the} could not have been more {S.long}.
    I have never known a more {S.long} {thing}.
    Both {part_the} and {part_the} were {S.gen}.
    If you want something {S.adj}, this is it.
    You will find {the} {S.adj} and {S.gen}.
    It is {S.gen}, it is {S.gen} and {S.event}.
    To my mind {aspect_is} the {S.best} thing about it, so {S.gen}.
    {crew_is} {very} {S.manner}.
    {crew_is} {S.manner} and {S.manner}.
    How {S.manner} {crew_is}!
    As always, {S.event}.
    First {S.event}, then {S.event}.
    {S.event}, and on top of that {aspect_is} {S.gen}.
    {rival} was {S.gen}, and this is just the same.
    """
)

# The words vote against the label; a negation turns them.
NEGATED = _lines(
    """
    {the_is_not} {O.adj}.
    {the_is_not} {O.adj} at all.
    {the_is_not} in the least {O.adj}.
    {the_is_not} even remotely {O.gen}.
    {the_is_not} {O.adj} or {O.adj}.
    {aspect_is_not} {O.gen} and {the_is_not} {O.adj} either.
    {the_is} never {O.adj}.
    {the_is} never {O.adj}, never {O.gen}.
    {the_is} hardly {O.gen}.
    {aspect_is} hardly {O.gen} and {aspect_is_not} {O.gen}.
    {aspect_is} far from {O.gen}.
    {the_is} far from {O.adj}.
    {the_is} anything but {O.adj}.
    {the_is} by no means {O.adj}.
    {the_is} neither {O.adj} nor {O.adj}.
    Nobody could call {the} {O.adj}.
    No one in their right mind would call {part_the} {O.gen}.
    There is nothing {O.gen} about {the}.
    There was nothing {O.gen} or {O.gen} in {part_the}.
    {O.adj}? Not at all.
    {O.adj}? Hardly.
    {O.adj}? {part_the}? Certainly not.
    {O.gen} is the last word I would use for {the}.
    {O.gen} it is not.
    {the} did not {O.base}.
    {the} never {O.past}.
    Not once {did} {the} {O.base}.
    {the} neither {O.past} nor {O.past}.
    I did not find {part_the} {O.gen}, and {who} agreed.
    {who} did not find it {O.adj}.
    I would not call {the} {O.adj}.
    I would not say that {the_is} {O.adj}.
    I was not {O.feeling} in the slightest.
    Nobody was {O.feeling} with {the}.
    {who} did not {O.love} {the}.
    I do not {O.love} {the}.
    I noticed no {O.noun} at all.
    With no {O.noun} to speak of, {the_is} {S.gen}.
    {the_is} {S.gen} without being {O.gen}.
    {the_is} anything but {O.adverb} {made}.
    {crew_is} never {O.manner}.
    {crew_is} not {O.manner} or {O.manner}.
    {crew_is} far from {O.manner}.
    I would not call anyone there {O.manner}.
    Never {O.attr}, always {S.attr}.
    I have yet to see anything {O.gen} in {the}.
    It is not {O.adj}, it is {S.adj}.
    Less {O.long} than {who} had expected.
    {the_is_not} as {O.gen} as people say.
    {the_is} nowhere near as {O.gen} as I was led to believe.
    It could not have been less {O.long}.
    I have rarely known a less {O.long} {thing}.
    It is hard to find anything {O.gen} in {the}.
    {the_is_not} {O.gen}, and neither is {part_the}.
    """
)

# Both sides are heard; the main clause, or the later one, decides.
CONTRAST = _lines(
    """
    {O.clause}, but {S.point}.
    {O.clause} but {S.point}.
    {O.clause} and {O.clause}, but {S.event}.
    Although {O.clause}, {S.point}.
    Though {O.clause}, {S.point}.
    Even though {O.clause}, {S.point}.
    While {O.aspect_clause}, {S.event}.
    {S.event}, although {O.aspect_clause}.
    {S.event}, even if {O.aspect_clause}.
    {the_is} {S.extreme}, despite {O.part_phrase}.
    Despite {O.part_phrase}, {S.point}.
    In spite of {O.part_phrase} and {O.part_phrase}, {S.point}.
    {O.clause}. However, {S.point}.
    {O.event}. Even so, {S.event}.
    {O.event}; still, {the_is} {S.adj}.
    Yes, {O.clause}, and yet {S.point}.
    {the_is} {O.adj} at first but {S.adj} in the end.
    It started out {O.gen} and ended up {S.gen}.
    At first {O.clause}, but then {S.event}.
    {O.aspect_clause}; nevertheless I {S.loved} {the}.
    {part_the} may be {O.gen}, but {S.point}.
    {part_the} might be {O.gen}, yet {S.event}.
    Granted, {O.clause}; overall, though, {the_is} {very} {S.adj}.
    Apart from {O.part_phrase}, {S.point}.
    Forget {O.part_phrase}: {S.event}.
    Never mind {O.part_phrase}, {S.event}.
    {O.attr} {part}, {O.attr} {part}, but {the_is} {S.extreme}.
    A little {O.gen} perhaps, but {very} {S.gen} overall.
    On the one hand {O.clause}; on the other, and this matters more, {S.point}.
    More {S.long} than {O.long}.
    {S.gen} rather than {O.gen}.
    {the_is} {S.adj}, not {O.adj}.
    Instead of something {O.gen}, we got something {S.gen}.
    Not {O.gen} but {S.gen}.
    It used to be {O.gen}; now it is {S.gen}.
    {the_is} {O.adj} last year, but this time {S.event}.
    {who} thought {the_is} {O.adj}, but I {S.loved} it.
    {who} says {aspect_is} {O.gen}; I found it {S.gen}.
    Some call it {O.gen}. I call it {S.gen}.
    """
)

# An expectation, a rumour or a wish is named and then overturned.
REVERSED = _lines(
    """
    I expected something {O.gen}, but {S.event}.
    I expected {the} to be {O.adj} and it was the opposite.
    Expecting something {O.gen}, I was {S.feeling}.
    {the} looked {O.gen} at first sight, yet {S.event}.
    On paper {the} sounds {O.gen}; in practice it is {S.gen}.
    It seemed {O.gen}. It was not.
    They say that {O.report}. I found none of that.
    Some reviewers claim that {O.report}; that is simply not true.
    I was told that {O.report}, but nothing could be further from the truth.
    It is a myth that {O.report}.
    I had expected to write that {O.event}. I was wrong.
    {who} told me that {the_is} {O.adj}. It is not.
    The reviews said {O.gen}. I disagree: {S.event}.
    How anyone can call this {O.gen} is beyond me.
    Anyone who calls {part_the} {O.gen} has not been paying attention.
    Do not be fooled by {O.part_phrase}: {S.event}.
    I was ready for {O.noun} and got {S.noun}.
    I came away {S.feeling}, not {O.feeling}.
    I thought I would be {O.feeling}. I was not.
    I thought I would be {O.feeling}, and ended up {S.feeling}.
    {who} promised me it would be {O.gen}. Wrong again.
    So it is {O.gen}, you think? Think again: {S.event}.
    """
)

# Praise or blame by way of something else.
COMPARED = _lines(
    """
    {the} makes {rival} look {O.gen}.
    {rival} was {O.gen}; this is the opposite.
    Compared with this, {rival} was {O.gen}.
    Unlike {rival}, which was {O.gen}, {S.point}.
    {the_is} more {S.long} than {rival}.
    {the_is} less {O.long} than {rival}.
    {rival} is far more {O.long}.
    Next to {the}, {rival} seems {O.gen}.
    {rival} {O.past}; this one {S.past}.
    With {rival} {O.event}; here {S.event}.
    I have known {O.attr} {thing_plural}, and this is not one of them.
    """
)

ONLY_POSITIVE = _lines(
    """
    {the_is} better than {rival}.
    Much better than {rival}, and {aspect_is} {S.gen}.
    {the_is} a cut above {rival}.
    I would take {the} over {rival} any day.
    {rival} cannot compete with it.
    {rival} is worse in every way.
    I will never go back to {rival}.
    {the_is} without a single {flaw}.
    Not one {flaw} in all this time.
    I could not find a single {flaw} in {the}.
    There was never a {flaw}.
    I cannot fault {part_the}.
    I cannot praise {part_the} enough.
    I could not ask for a more {S.long} {thing}.
    I have no complaints about {part_the}.
    Free of {O.noun} and of {O.noun}.
    No {O.noun}, no {O.noun}, just {S.noun}.
    I feared it would be {O.adj}; it was not.
    I was worried that {aspect_is} {O.gen}. I need not have worried.
    I dreaded something {O.gen}, but my fears were groundless.
    I was sceptical, but {S.event}.
    I doubted it at first, but it {S.past}.
    I nearly gave up on it, but then {S.event}.
    {part_the} could not be better.
    Do not let {O.part_phrase} put you off.
    Do not be put off by {O.part_phrase}: {S.event}.
    You would be mad to miss {the}.
    I could not wait to tell {who} about {the}.
    The only thing wrong with {the} is that there is not more of it.
    My only complaint is that I did not find {the} sooner.
    Nobody had a bad word to say about {part_the}.
    I have nothing to complain about: {S.event}.
    I would not hesitate to choose {the} again.
    I thought nothing could beat {rival}. I was wrong.
    {the} did not disappoint.
    {the_is} worth it for {part_the} alone.
    I have been trying to find a {flaw} and failed.
    I hate to admit it, but {S.event}.
    I am not easily impressed, but {S.event}.
    I am never one for this sort of thing, but {S.event}.
    I cannot imagine life without {the}.
    Who would have thought it: {S.event}.
    {crew_is} never once {O.manner}.
    There is no shortage of {S.noun} and no sign of {O.noun}.
    """
)

ONLY_NEGATIVE = _lines(
    """
    {the_is} worse than {rival}.
    Much worse than {rival}, and {aspect_is} {S.gen}.
    {the_is} no match for {rival}.
    I would take {rival} over {the} any day.
    {the} cannot compete with {rival}.
    {rival} is better in every way.
    I should have stayed with {rival}.
    I wish I had kept {rival}.
    {the_is} without any {O.noun}.
    Not a trace of {O.noun} and not a shred of {O.noun}.
    I looked for {O.noun} and found none.
    {the} lacks {O.noun} and {O.noun}.
    It has all the {O.noun} of a wet sock.
    If only {aspect_is} {O.gen}.
    If only there had been more {O.noun}.
    {the} would have been {O.gen} if somebody had taken more care.
    {the} could have been {O.adj}, but {S.event}.
    {the} could have been {O.adj} with a little more {O.noun}.
    I wish I could say that {O.event}.
    I would love to report that {O.event}, but I cannot.
    I hoped it would be {O.adj}; it was not.
    I wanted to {O.love} {the}, but {S.event}.
    I wanted it to be {O.gen}. It was not.
    {the} promised to be {O.adj}; instead {S.event}.
    {the_is} supposed to be {O.adj}. {S.event}.
    So much for {O.gen}: {S.event}.
    {the} failed to {O.base}.
    {the_is_not} {O.gen} enough.
    {part_the} needs to be far more {O.long}.
    {part_the} could be better.
    {the} tries to be {O.gen} and ends up {S.gen}.
    Anyone hoping for something {O.gen} will be let down.
    For that price I expected something {O.gen}.
    The only {O.attr} thing about {the} was getting away from it.
    The only {O.attr} thing was {part_the}.
    {O.gen} in the adverts, {S.gen} in real life.
    I cannot recommend {the} to anyone who wants {O.noun}.
    I could not wait to see the back of {the}.
    Nobody had a good word to say about {part_the}.
    {the_is} too {S.gen} to be {O.gen}.
    I regret choosing {the} over {rival}.
    Oh {O.attr}: {S.event}.
    {O.attr} if you enjoy {S.noun}.
    Thanks for nothing: {S.event}.
    I am easily pleased, but {S.event}.
    I am normally patient, but {S.event}.
    I was so looking forward to {the}, but {S.event}.
    How {O.gen} of them: {S.event}.
    {crew_is} not {O.manner} enough to apologise.
    {the_is_not} worth it, however {O.gen} {part_the} may be.
    """
)

# Kinds of opening sentence and their shares.  With these a bag of words stays near 0.8:
# contrast is a coin toss to it, plain sentences are nearly free.
SHARES = {"plain": 56, "negated": 12, "contrast": 16, "reversed": 4, "compared": 3, "only": 9}
KINDS = {
    "plain": PLAIN,
    "negated": NEGATED,
    "contrast": CONTRAST,
    "reversed": REVERSED,
    "compared": COMPARED,
}
