from kerasrnn.cli import main

raise SystemExit(main())
