"""One file per recurrent cell; the file's name is what `--cell` takes."""
