"""The local Region: MiniStack with this folder's patches, until SIGTERM."""

import argparse
import sys

import patches


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", action="append", default=[], choices=patches.PATCHES, metavar="PATCH")
    patches.apply(parser.parse_args().without)
    # MiniStack reads the command line too.
    sys.argv[1:] = []
    from ministack.app import main as serve

    serve()


main()
