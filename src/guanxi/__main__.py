"""`python -m guanxi` is the command line."""

from guanxi.cli import main

if __name__ == "__main__":
    main()
