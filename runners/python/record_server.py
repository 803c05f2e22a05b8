"""The recorder as a script: what the worker starts. See ke_record."""

from ke_record.__main__ import main

if __name__ == "__main__":
    main()
