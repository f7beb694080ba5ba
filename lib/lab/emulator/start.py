"""The local Region: MiniStack with this folder's patches, until SIGTERM."""

import argparse
import gc
import sys

import patches


# Every request is served by one thread, and each executing state or Lambda has another: at Python's 5 ms a request
# that waits for its turn twice or thrice is as late as a whole step.
SWITCH_SECONDS = 0.0005


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", action="append", default=[], choices=patches.PATCHES, metavar="PATCH")
    patches.apply(parser.parse_args().without)
    # MiniStack reads the command line too.
    sys.argv[1:] = []
    from ministack.app import main as serve

    sys.setswitchinterval(SWITCH_SECONDS)
    # What was imported lives to the end: the collector need not stop the Region to look at it.
    gc.freeze()
    serve()


main()
