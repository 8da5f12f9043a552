"""Loads the example server and measures it; Scripts/load-example builds it and calls this.

    python Examples/ImageServer/load uploads|soak|slow [OPTION ...]

Takes the server from the environment's IMAGE_SERVER. Ends with 1 when a bound is missed.
"""

import argparse
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "tests")]

import slow
import soak
import uploads


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = options.add_subparsers(dest="kind", required=True)
    kind = kinds.add_parser("uploads", help=uploads.__doc__)
    kind.add_argument("--count", type=int, default=64)
    kind.add_argument("--mebibytes", type=int, default=512, help="the limit of the server's memory")
    kind.add_argument("--speedup", type=float, default=1.85, help="times one thread's throughput, at least")
    kind.set_defaults(run=uploads.run)
    kind = kinds.add_parser("soak", help=soak.__doc__)
    kind.add_argument("--minutes", type=float, default=30)
    kind.add_argument("--users", type=int, default=8)
    kind.set_defaults(run=soak.run)
    kind = kinds.add_parser("slow", help=slow.__doc__)
    kind.add_argument("--count", type=int, default=200)
    kind.add_argument("--seconds", type=int, default=20, help="the server's deadline for a request")
    kind.set_defaults(run=slow.run)
    given = options.parse_args()
    sys.exit(1 if given.run(given) else 0)


main()
