"""Laws of options: each is read anew, breaks nothing, and takes nothing away."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from broadcast_core.batching import Request
from broadcast_core.destinations.capabilities import Place, Places
from broadcast_core.jsontext import Json
from broadcast_core.testing.conformance.corpus import many
from broadcast_core.testing.conformance.described import other_options
from broadcast_core.testing.conformance.expect import expect_nothing, expect_same
from broadcast_core.testing.conformance.formats import check_body
from broadcast_core.testing.conformance.report import FieldReport
from broadcast_core.testing.conformance.subject import Subject, wires
from broadcast_core.testing.other_process import digests_in_another_process, digests_of_plans

_MAX_OPTIONS = 8
_SEED = 7


def option_laws(subject: Subject) -> type:
    """Return the laws of the options of a destination, with values other than those of the suite."""
    destination = subject.destination

    def with_options(options: Mapping[str, Json]) -> Subject:
        return evolve(subject, options=options)

    class Laws:
        """Options change what they are for."""

        def test_options_of_another_route_change_nothing(self) -> None:
            """A route with other options leaves no trace in the next plan of this one."""
            before = wires(subject.plan(many("o")))
            for options in other_options(subject)[:_MAX_OPTIONS]:
                with_options(options).plan(many("o"))
                expect_same(before, wires(subject.plan(many("o"))), "a plan after one with other options")

        def test_routes_in_another_order_have_the_same_bytes(self) -> None:
            """No config is remembered for another: not by its server, its dataset or anything else."""
            several = [subject.options, *other_options(subject)[:_MAX_OPTIONS]]
            here = digests_of_plans(destination, several, many("o", 3))
            there = digests_in_another_process(destination, several[::-1], many("o", 3), _SEED)[::-1]
            wrong = [
                str({name: value for name, value in options.items() if subject.options.get(name) != value})
                for options, one, other in zip(several, here, there, strict=True)
                if one != other
            ]
            expect_nothing(wrong, "options with which another order of routes gives other bytes")

        def test_another_place_is_written_to_otherwise(self) -> None:
            """Options that mean another place change what is sent: else rows are written into the first."""
            if not isinstance(destination, Places):
                return
            place, sent = _where(destination.place(subject.config)), wires(subject.plan(many("o", 3)))
            wrong = [
                str(_changed(subject, options))
                for options in other_options(subject)
                if _where(destination.place(with_options(options).config)) != place
                and wires(with_options(options).plan(many("o", 3))) == sent
            ]
            expect_nothing(wrong, "options of another place with which the same is sent")

        def test_options_break_no_body(self) -> None:
            """Whatever text an option takes, with quotes or breaks: bodies are what they say."""
            for options in other_options(subject):
                other = with_options(options)
                check = destination.check(other.config)
                for request in (*other.plan(many("o", 3)).requests, check):
                    if isinstance(request, Request) and request.items:
                        check_body(request)

        def test_no_option_makes_a_field_vanish(self) -> None:
            """What leaves is for a policy to say; an option says how it looks."""
            report = FieldReport(subject)
            carried = [path for path in report.fields if report.is_carried(path)]
            wrong = []
            for options in other_options(subject):
                if _is_a_switch(subject, options):
                    other = FieldReport(with_options(options))
                    lost = [report.fields[path] for path in carried if not other.is_carried(path)]
                    wrong += [f"{name}, with {_changed(subject, options)}" for name in lost]
            expect_nothing(wrong, "fields that an option takes away")

    return Laws


def _where(place: Place) -> tuple[str, str, str]:
    return place.space, place.home, place.ids


def _changed(subject: Subject, options: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in options.items() if subject.options.get(name) != value}


def _is_a_switch(subject: Subject, options: Mapping[str, Json]) -> bool:
    """Tell whether options differ in one that is on or off, or one of some words."""
    return any(isinstance(value, bool) for value in _changed(subject, options).values())
