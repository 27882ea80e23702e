"""`python -m bench`: time the way from lines to Opik's batch bodies, and the import."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.corpus import Corpus, build
from bench.growth import growths, remembered
from bench.imports import measure
from bench.peaks import peaks
from bench.picture import drawn
from bench.report import Report
from bench.rounds import BATCH, run
from bench.variants import differs_by_hand, variants
from broadcast_core.readers import read_text
from broadcast_core.record.codec import decode_line

PAGE, PICTURE = Path("docs/speed.md"), Path("docs/pictures/speed.svg")


def main() -> int:
    """Run the bench; 1 when the two dialects disagree or an import loads what it must not."""
    options = _options()
    rounds, records, repeats = (3, 100, 3) if options.quick else (options.rounds, options.records, 11)
    _report_progress(f"building {records} records")
    corpus = build(records, options.seed)
    if wrong := _differing(corpus):
        _report_progress(
            f"{wrong} records read differently as a delivery: mend bench/dialects.py or the reader"
        )
        return 1
    if any(map(differs_by_hand, _batches(corpus))):
        _report_progress("the hand mapper makes other bodies: mend bench/hand.py")
        return 1
    _report_progress("importing in fresh processes")
    imports = measure(repeats)
    stored = remembered(corpus)  # before all else has left its marks on the heap
    everything = variants()
    results = run(corpus, everything, rounds, options.seed, _report_progress)
    _report_progress("growing what is remembered")
    growth = list(growths(corpus, quick=options.quick))
    _report_progress("measuring peaks")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        peak_sizes = (1, 2) if options.quick else (20, 200, 1_000)
        memory = list(peaks(corpus, Path(folder), peak_sizes))
    report = Report(
        corpus=corpus,
        seed=options.seed,
        rounds=rounds,
        import_repeats=repeats,
        quick=options.quick,
        variants=everything,
        results=results,
        imports=imports,
        growth=growth,
        remembered=stored,
        peaks=memory,
    )
    print(report.markdown())
    if options.save:
        PAGE.write_text(report.markdown() + "\n", encoding="utf-8")
        PICTURE.write_text(drawn(report), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
    return 1 if any(one.unwanted for one in report.imports) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds of 100 records: does it still run?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file, too")
    parser.add_argument("--save", action="store_true", help=f"write {PAGE}, and draw {PICTURE}")
    parser.add_argument("--rounds", type=_number_from(7), default=11, help="at least 7 (default: 11)")
    parser.add_argument("--records", type=_number_from(20), default=1000, help="default: 1000")
    parser.add_argument("--seed", type=int, default=1, help="of the corpus and the order (default: 1)")
    return parser.parse_args()


def _number_from(minimum: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if int(text) < minimum:
            raise argparse.ArgumentTypeError(f"at least {minimum}")
        return int(text)

    return number


def _differing(corpus: Corpus) -> int:
    """Return how many generations are not the same in both dialects."""
    return sum(read_text(line.delivery).generations != (decode_line(line.record),) for line in corpus.lines)


def _batches(corpus: Corpus) -> list[list[bytes]]:
    lines = [line.record for line in corpus.lines]
    return [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]


def _report_progress(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
