"""`python -m imghost`."""

from imghost.cli import main

if __name__ == "__main__":
    main()
