"""`python -m dialecto`: the same as the `dialecto` command."""

from dialecto.cli.main import main

if __name__ == "__main__":
    main()
