"""The server of tier H as a script: what the judge starts. See ke_host."""

from ke_host.__main__ import main

if __name__ == "__main__":
    main()
