"""The offer check in the core: marks, verdicts, an offer that came too early, what is explained, and what never happens."""

from __future__ import annotations

import json

import pytest

from hotline import sms
from hotline.contact import Channel, Level
from hotline.language import Words
from hotline.offers.check import Checked, Found
from hotline.offers.flags import GRAVEST_FIRST, Flag, Told, Verdict
from hotline.offers.indicators import Indicator, Much
from hotline.offers.marks import flags_in, is_possible, marks_of, much_in, verdict_in
from hotline.offers.questions import NO_QUESTION
from hotline.store.shelf import Shelf
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.effects import Effect, Explained, Noticed, Raise, Say
from hotline.triage.noticing import PARTS, noticed, pages
from hotline.triage.pasted import LONG, SHORTEST, with_offer
from hotline.triage.script import Place
from hotline.triage.signals import LEVELS, Code, Signal
from hotline.triage.steps import explained_from
from hotline.triage.wording import Policy, Wording
from tests.test_ground_conversation import Talk, signal

FEE, KEPT, SECRET = (Flag.UPFRONT_FEE.value, Flag.DOCUMENTS_KEPT.value, Flag.SECRECY.value)
VAGUE, HURRY = (Flag.VAGUE_JOB.value, Flag.URGENT_PRESSURE.value)
FINE = ["no", "no", "mine", "work", "have", "known", "no", "free", "monthly", "no"]
"""Ten answers that mark nothing."""

WELL = ["no", "yes", "yes", "no", "no", "no", "no", "no", "no", "no", "no"]
"""Eleven."""

OFFER = (
    "Waitress wanted in Dubai, 900 euros a month, hours 9:00 to 18:00. You pay 300 euros for the visa before you fly. "
    * 2
)


@pytest.fixture
def talk(shelf: Shelf) -> Talk:
    return Talk(shelf, Conversation("en", followed=True, told=True))


def offer(place: str) -> Place:
    return Place("job_offer", place)


def answered(talk: Talk, start: str, answers: list[str]) -> Talk:
    talk.at(start)
    for answer in answers:
        talk.hears(answer)
    return talk


def with_answer(answers: list[str], place: int, answer: str) -> list[str]:
    return [*answers[: place - 1], answer, *answers[place:]]


class TestTenQuestions:
    def test_whoever_marks_nothing_hears_that_no_sign_was_found(self, talk: Talk) -> None:
        answered(talk, "job_offer:pays", FINE)
        assert talk.said == ["job_offer/fine/say", "job_offer/next/say"]
        assert (talk.now.marks, talk.now.place, talk.now.level) == ((), offer("next"), Level.ROUTINE)

    @pytest.mark.parametrize(
        ("number", "answer", "verdict"),
        [
            (1, "yes", "stop"), (2, "yes", "stop"), (3, "kept", "stop"), (4, "tourist", "stop"), (5, "none", "check"),
            (6, "unknown", "check"), (7, "yes", "stop"), (8, "tied", "stop"), (9, "later", "stop"), (10, "yes", "check"),
        ],
    )  # fmt: skip
    def test_each_question_alone_leads_to_its_verdict(self, talk: Talk, number: int, answer: str, verdict: str) -> None:
        answered(talk, "job_offer:pays", with_answer(FINE, number, answer))
        assert talk.said == [f"job_offer/{verdict}/say", "job_offer/next/say"]
        assert talk.heard[-2:-1] == (Noticed(talk.now.marks),)
        assert len(talk.now.marks) == 1

    def test_two_light_signs_say_stop(self, talk: Talk) -> None:
        answered(talk, "job_offer:pays", with_answer(with_answer(FINE, 6, "unknown"), 10, "yes"))
        assert talk.heard[0] == Raise(Level.SOON, "stop")
        assert talk.said[0] == "job_offer/stop/say"
        assert talk.now.marks == (VAGUE, HURRY)

    def test_what_nobody_knows_marks_nothing(self, talk: Talk) -> None:
        unknown = [*["unknown"] * 4, "before", "known", "no", "unknown", "unknown", "no"]
        answered(talk, "job_offer:pays", unknown)
        assert talk.said[0] == "job_offer/fine/say"

    def test_whoever_goes_back_takes_their_answer_back_and_no_other(self, talk: Talk) -> None:
        answered(talk, "job_offer:pays", ["yes", "yes"])
        assert set(talk.now.marks) == {FEE, "debt_advance"}
        talk.hears(word=Word.BACK)
        assert talk.now.place == offer("debt")
        talk.hears("no")
        assert talk.now.marks == (FEE,)

    def test_another_offer_begins_without_marks(self, talk: Talk) -> None:
        answered(talk, "job_offer:pays", ["yes", *FINE[1:]])
        talk.hears("another")
        assert (talk.said, talk.now.marks) == (["job_offer/start/say"], ())

    def test_going_back_to_the_beginning_takes_all_marks(self, talk: Talk) -> None:
        talk.at("job_offer:start").hears("ask")
        talk.hears("yes")
        talk.hears(word=Word.BACK)
        talk.hears(word=Word.BACK)
        assert (talk.now.place, talk.now.marks) == (offer("start"), ())

    def test_a_change_of_language_keeps_them(self, talk: Talk) -> None:
        answered(talk, "job_offer:pays", ["yes"])
        talk.hears(word=Word.LANGUAGE)
        talk.hears(language="es")
        assert (talk.now.language, talk.now.place, talk.now.marks) == ("es", offer("debt"), (FEE,))


class TestAPastedOffer:
    @pytest.mark.parametrize(("marks", "verdict"), [((FEE,), "stop"), ((VAGUE,), "check"), ((), "fine")])
    def test_where_it_was_asked_for_the_verdict_follows(self, talk: Talk, marks: tuple[str, ...], verdict: str) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=marks))
        assert talk.said == [f"job_offer/{verdict}/say", "job_offer/next/say"]
        assert (talk.now.marks, talk.now.pasted) == (marks, False)

    def test_what_only_the_model_saw_is_a_reason_to_check_and_not_to_stop(self, talk: Talk) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=(f"{FEE}?", f"{KEPT}?")))
        assert talk.said[0] == "job_offer/check/say"

    @pytest.mark.parametrize("step", ["start", "visa", "next", "travel"])
    def test_anywhere_in_its_script_it_is_taken_at_once(self, talk: Talk, step: str) -> None:
        talk.at(f"job_offer:{step}").takes(Heard(offer=(KEPT,)))
        assert talk.said == ["job_offer/stop/say", "job_offer/next/say"]

    def test_as_a_first_message_it_waits_for_the_opening_and_is_not_asked_for_again(self, shelf: Shelf) -> None:
        talk = Talk(shelf, Conversation("en"))
        talk.takes(Heard(offer=(FEE,), signals=(signal(Code.JOBOFFER),)))
        assert talk.said == ["first_contact/safe_now/say"]
        for answer in ("safe", "no_danger"):
            talk.hears(answer)
        talk.hears("this")
        assert talk.said == ["job_offer/stop/say", "job_offer/next/say"]
        assert Noticed((FEE,)) in talk.heard
        assert not talk.now.pasted

    def test_whoever_is_asked_what_it_is_about_may_answer_with_it(self, talk: Talk) -> None:
        talk.at("need").takes(Heard(offer=(FEE,), signals=(signal(Code.JOBOFFER),)))
        assert talk.said == ["job_offer/stop/say", "job_offer/next/say"]

    def test_an_offer_that_came_beside_a_cry_for_help_is_kept_until_it_is_asked_about(self, talk: Talk) -> None:
        talk.at("need").takes(Heard(offer=(FEE,), signals=(signal(Code.EXPLOITED),)))
        assert talk.said == ["exploited/start/say"]
        talk.hears(word=Word.BACK)
        talk.hears("offer")
        assert talk.said == ["job_offer/stop/say", "job_offer/next/say"]

    def test_danger_in_it_is_still_danger(self, talk: Talk) -> None:
        for step in ("need", "job_offer:paste", "job_offer:start"):
            talk.now = Conversation("en", Place.read(step, "first_contact"))
            talk.takes(Heard(offer=(FEE,), signals=(signal(Code.DANGER),)))
            assert talk.said == ["danger/start/say"]

    def test_a_new_offer_takes_the_place_of_the_one_before(self, talk: Talk) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=(FEE, KEPT)))
        talk.takes(Heard(offer=(VAGUE,)))
        assert (talk.said[0], talk.now.marks) == ("job_offer/check/say", (VAGUE,))

    def test_back_from_a_verdict_asks_again_without_marks(self, talk: Talk) -> None:
        talk.at("job_offer:start").hears("text")
        talk.takes(Heard(offer=(FEE,)))
        talk.hears(word=Word.BACK)
        assert (talk.said, talk.now.marks) == (["job_offer/paste/say"], ())


class TestMore:
    def test_it_is_explained_in_as_many_answers_as_it_takes_and_then_asked_what_now(self, talk: Talk) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=(FEE, KEPT)))
        for page in (0, 1):
            talk.takes(Heard(choice="more", pages=3))
            assert talk.said == ["job_offer/next/say"]
            assert explained(talk) == (page, (FEE, KEPT))
            assert talk.now.place == offer("next")
        talk.takes(Heard(choice="more", pages=3))
        assert (talk.said, explained(talk)) == (["job_offer/more/say"], (2, (FEE, KEPT)))
        assert (talk.now.place, talk.now.explained) == (offer("more"), 0)

    def test_going_back_after_an_explanation_goes_back_and_not_round(self, talk: Talk) -> None:
        talk.at("job_offer:start").hears("text")
        talk.takes(Heard(offer=(FEE,)))
        for _ in range(4):
            talk.takes(Heard(choice="more", pages=9))
        talk.hears(word=Word.BACK)
        assert talk.said == ["job_offer/paste/say"]

    def test_with_nothing_found_it_tells_how_to_travel(self, talk: Talk) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=()))
        talk.takes(Heard(choice="more"))
        assert talk.said == ["job_offer/travel/say"]

    def test_in_a_language_without_the_words_it_only_asks_what_now(self, talk: Talk) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=(FEE,)))
        talk.takes(Heard(choice="more", pages=0))
        assert talk.said == ["job_offer/more/say"]

    def test_whoever_comes_back_to_it_is_not_told_everything_again(self, talk: Talk) -> None:
        talk.at("job_offer:paste").takes(Heard(offer=(FEE,)))
        talk.takes(Heard(choice="more", pages=1))
        talk.hears("travel")
        talk.hears(word=Word.BACK)
        assert (talk.said, [type(one) for one in talk.heard]) == (["job_offer/more/say"], [Say])

    def test_what_can_be_asked_for_is_known_before_it_is_asked_for(self, talk: Talk) -> None:
        assert explained_from(talk.at("job_offer:pays").now, talk.shelf.scripts) is None
        talk.at("job_offer:paste").takes(Heard(offer=(FEE,)))
        about = explained_from(talk.now, talk.shelf.scripts)
        assert about is not None
        assert (about.marks, [tail.key for tail in about.tails]) == (
            (FEE,),
            ["job_offer/more/say", "job_offer/next/say"],
        )


def explained(talk: Talk) -> tuple[int, tuple[str, ...]]:
    (found,) = (effect for effect in talk.heard if isinstance(effect, Explained))
    return found.page, found.marks


class TestTheJobIAmIn:
    def test_whoever_chose_my_work_comes_to_it(self, talk: Talk) -> None:
        answered(talk, "exploited:start", ["pay", "check"])
        assert talk.said == ["job_now/start/say"]

    def test_whoever_marks_nothing_hears_so(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", WELL)
        assert talk.said == ["job_now/none/say", "job_now/next/say"]
        assert not any(isinstance(effect, Noticed) for effect in talk.heard)

    @pytest.mark.parametrize(("many", "much"), [(1, "some"), (2, "some"), (3, "many"), (5, "many")])
    def test_three_signs_are_many(self, talk: Talk, many: int, much: str) -> None:
        answers = list(WELL)
        for number, answer in [(1, "yes"), (3, "no"), (4, "yes"), (5, "yes"), (6, "yes")][:many]:
            answers = with_answer(answers, number, answer)
        answered(talk, "job_now:papers", answers)
        assert talk.said == [f"job_now/{much}/say", "job_now/next/say"]
        assert len(talk.now.marks) == many

    @pytest.mark.parametrize(("number", "answer", "following"), [(2, "no", "wages"), (10, "yes", "harm")])
    def test_whoever_is_held_or_threatened_is_asked_about_danger_and_goes_on(
        self, talk: Talk, number: int, answer: str, following: str
    ) -> None:
        answered(talk, "job_now:papers", [*WELL[: number - 1], answer])
        assert talk.heard[0] == Raise(Level.URGENT, str(list(Indicator)[number - 1]))
        assert talk.said == ["first_contact/danger_now/say"]
        assert talk.now.level is Level.URGENT
        talk.hears("no_danger")
        assert talk.said == [f"job_now/{following}/say"]
        for rest in WELL[number:]:
            talk.hears(rest)
        assert talk.said == ["job_now/many/say", "job_now/next/say"]

    def test_whoever_is_hurt_is_asked_about_danger_and_told_of_rights(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", [*WELL[:-1], "yes"])
        assert talk.said == ["first_contact/danger_now/say"]
        talk.hears("no_danger")
        assert talk.said == ["job_now/many/say", "job_now/next/say"]
        talk.hears("rights")
        assert talk.said == ["rights/start/say"]

    def test_whoever_is_in_danger_then_gets_the_number(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", [*WELL[:1], "no"])
        talk.hears("in_danger")
        assert talk.said == ["danger/start/say"]
        assert (talk.now.level, talk.now.then) == (Level.IMMEDIATE, None)

    def test_a_word_for_no_danger_counts_as_that_answer(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", [*WELL[:1], "no"])
        talk.takes(Heard(signals=(signal(Code.RIGHTS),)))
        assert talk.said == ["job_now/wages/say"]

    def test_the_way_back_survives_what_is_not_understood_and_a_change_of_language(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", [*WELL[:1], "no"])
        talk.hears()
        talk.hears(word=Word.LANGUAGE)
        talk.hears(language="es")
        assert talk.said == ["first_contact/danger_now/say"]
        talk.hears("no_danger")
        assert talk.said == ["job_now/wages/say"]

    def test_the_danger_question_of_the_opening_leads_on_in_the_opening(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", [*WELL[:1], "no"])
        talk.hears(word=Word.BACK)
        talk.at("danger_now").hears("no_danger")
        assert talk.said[0] == "first_contact/who_we_are/say"

    def test_it_begins_without_the_marks_of_before(self, talk: Talk) -> None:
        answered(talk, "job_now:papers", with_answer(WELL, 1, "yes"))
        talk.at("job_offer:start").hears("now")
        assert talk.now.marks == ()

    def test_an_offer_that_waits_stays_while_the_job_is_asked_about(self, talk: Talk) -> None:
        talk.at("need").takes(Heard(offer=(FEE,), signals=(signal(Code.EXPLOITED),)))
        answered(talk, "job_now:start", ["begin", *with_answer(WELL, 1, "yes")])
        assert talk.said[0] == "job_now/some/say"
        talk.at("need").hears("offer")
        assert (talk.said[0], Noticed((FEE, "papers")) in talk.heard) == ("job_offer/stop/say", True)


class TestMarks:
    def test_possible_flags_are_told_last_and_never_stop_anybody(self) -> None:
        marks = (f"{KEPT}?", FEE, VAGUE)
        assert flags_in(marks) == (Flag.UPFRONT_FEE, Flag.VAGUE_JOB, Flag.DOCUMENTS_KEPT)
        assert [flag for flag in flags_in(marks) if is_possible(flag, marks)] == [Flag.DOCUMENTS_KEPT]
        assert verdict_in((f"{KEPT}?", f"{SECRET}?")) is Verdict.CHECK_FIRST
        assert verdict_in(()) is Verdict.NO_FLAGS_FOUND

    def test_every_grave_flag_alone_and_any_two_say_stop(self) -> None:
        assert verdict_in((KEPT,)) is verdict_in((VAGUE, HURRY)) is Verdict.STOP_AND_CHECK
        assert verdict_in((VAGUE, f"{HURRY}?")) is Verdict.CHECK_FIRST

    def test_what_was_checked_becomes_codes_and_no_words(self) -> None:
        found = (Found(Flag.SECRECY, "tell nobody"), Found(Flag.UPFRONT_FEE, "pay 300", possible=True))
        assert marks_of(Checked(Verdict.STOP_AND_CHECK, found, (), ())) == ("secrecy", "upfront_fee?")

    def test_a_code_that_is_gone_from_the_lists_is_passed_over(self) -> None:
        assert flags_in(("no_longer", FEE)) == (Flag.UPFRONT_FEE,)
        assert much_in(("no_longer", "hours")) is Much.SOME

    @pytest.mark.parametrize("grave", ["move", "threat", "harm"])
    def test_each_grave_indicator_alone_is_many(self, grave: str) -> None:
        assert much_in((grave,)) is Much.MANY


def test_a_sealed_conversation_from_before_there_were_marks_can_be_opened() -> None:
    table = Conversation("en", offer("papers")).as_table()
    old = {key: value for key, value in table.items() if key not in ("marks", "pasted", "explained", "then")}
    assert Conversation.from_table(json.loads(json.dumps(old))) == Conversation("en", offer("papers"))


def fake(flags: int = 0, told: int = 0) -> Checked:
    """An offer in which so many flags were found and so many things are told."""
    found = tuple(Found(flag, "words of the offer") for flag in GRAVEST_FIRST[-flags:] if flags)
    return Checked(Verdict.CHECK_FIRST, found, (), tuple(Told)[told:])


class TestWhatIsAnOffer:
    """`with_offer`: what reads like one, and what stays the caller's own words."""

    def heard(self, shelf: Shelf, text: str, checked: Checked | None, *signals: Signal, step: str = "need") -> Heard:
        talk = Conversation("en", Place.read(step, "first_contact"))
        return with_offer(Heard(signals=signals), talk, shelf.scripts, text, lambda: checked)

    def test_where_it_is_asked_for_every_longer_text_is_one(self, shelf: Shelf) -> None:
        heard = self.heard(shelf, "a" * SHORTEST, fake(), signal(Code.RIGHTS), step="job_offer:paste")
        assert heard == Heard(offer=())

    @pytest.mark.parametrize(
        "text", ["a" * (SHORTEST - 1), "1" * 200, "https://example.org/" + "offer" * 20, "", "!!!"]
    )
    def test_a_few_words_figures_or_a_link_are_none(self, shelf: Shelf, text: str) -> None:
        assert self.heard(shelf, text, fake(3, 7), step="job_offer:paste") == Heard()

    @pytest.mark.parametrize("code", [Code.DANGER, Code.SELFHARM, Code.STOP])
    def test_danger_and_the_wish_to_stop_heard_for_sure_are_the_callers_own(self, shelf: Shelf, code: Code) -> None:
        for step in ("need", "job_offer:paste", "job_offer:start"):
            heard = self.heard(shelf, OFFER, fake(3, 7), signal(code), step=step)
            assert heard == Heard(signals=(signal(code),))

    def test_danger_that_only_the_model_suspects_is_not_raised_by_an_offer(self, shelf: Shelf) -> None:
        suspected = Signal("danger", Level.URGENT, "model 0.50", sure=False, source="model")
        for step in ("need", "job_offer:paste"):
            heard = self.heard(shelf, OFFER, fake(3, 7), suspected, step=step)
            assert heard.offer is not None
            assert not any(one.code == "danger" for one in heard.signals)

    def test_a_child_who_answers_in_place_of_an_offer_is_heard(self, shelf: Shelf) -> None:
        minor = signal(Code.MINOR)
        own = self.heard(shelf, "I am only sixteen years old and afraid", fake(), minor, step="job_offer:paste")
        assert own == Heard(signals=(minor,))
        offer = self.heard(
            shelf, "Girls from 16 welcome, no parents needed", recruiting(), minor, step="job_offer:paste"
        )
        assert offer == Heard(offer=("minor_recruited",))

    def test_what_tells_much_of_what_offers_tell_is_one_unasked(self, shelf: Shelf) -> None:
        heard = self.heard(shelf, OFFER, fake(told=3))
        assert heard == Heard(offer=(), signals=(Signal("joboffer", LEVELS[Code.JOBOFFER], ""),))

    @pytest.mark.parametrize(("text", "checked"), [("a" * (LONG - 1), fake(0, 7)), (OFFER, fake(0, 2)), (OFFER, None)])
    def test_what_is_short_or_tells_little_is_none(self, shelf: Shelf, text: str, checked: Checked | None) -> None:
        assert self.heard(shelf, text, checked) == Heard()

    def test_a_question_about_an_offer_is_one_if_it_tells_of_a_flag(self, shelf: Shelf) -> None:
        asked = "Is this real? They want 300 euros for the visa"
        assert self.heard(shelf, asked, fake(1), signal(Code.JOBOFFER)).offer == (Flag.PAY_TOO_GOOD.value,)
        assert self.heard(shelf, asked, fake(0, 7), signal(Code.JOBOFFER)).offer is None

    def test_where_the_model_thought_of_another_need_the_caller_is_asked(self, shelf: Shelf) -> None:
        other = Signal("exploited", Level.SOON, "model 0.40", sure=False, source="model")
        assert self.heard(shelf, OFFER, fake(2, 3), other).signals == ()

    @pytest.mark.parametrize("code", [Code.EXPLOITED, Code.WITNESS, Code.MINOR])
    def test_a_need_heard_for_sure_stays_and_the_offer_is_remembered(self, shelf: Shelf, code: Code) -> None:
        heard = self.heard(shelf, OFFER, fake(1, 3), signal(code))
        assert heard == Heard(signals=(signal(code),), offer=(Flag.PAY_TOO_GOOD.value,))
        assert self.heard(shelf, OFFER, fake(1, 3), signal(code), step="job_offer:next") == Heard(
            signals=(signal(code),)
        )

    @pytest.mark.parametrize("step", ["rights:start", "exploited:start", "job_now:papers", "danger:start"])
    def test_elsewhere_nothing_is_one(self, shelf: Shelf, step: str) -> None:
        assert self.heard(shelf, OFFER, fake(3, 7), signal(Code.JOBOFFER), step=step) == Heard(
            signals=(signal(Code.JOBOFFER),)
        )

    def test_an_answer_is_an_answer(self, shelf: Shelf) -> None:
        talk = Conversation("en", offer("paste"))
        for heard in (Heard("ask"), Heard(word=Word.PERSON), Heard(language="en"), Heard(more=True)):
            assert with_offer(heard, talk, shelf.scripts, OFFER, lambda: fake(3, 7)) is heard

    def test_words_for_a_person_are_not_read(self, shelf: Shelf) -> None:
        def never() -> Checked:
            raise AssertionError("it was read")

        talk = Conversation("en", offer("paste"), handed=True)
        assert with_offer(Heard(), talk, shelf.scripts, OFFER, never) == Heard()


def recruiting() -> Checked:
    return Checked(Verdict.STOP_AND_CHECK, (Found(Flag.MINOR_RECRUITED, "from 16"),), (), tuple(Told))


EVERY = tuple(flag.value for flag in GRAVEST_FIRST)


class TestWhatIsSaid:
    """`noticed` and `pages`: in three SMS parts, whatever was found."""

    def words(self, shelf: Shelf) -> tuple[Words, Words]:
        return shelf.words["en"], shelf.offers["en"]

    def test_the_flags_are_named_and_one_question_asked(self, shelf: Shelf) -> None:
        said = noticed((FEE, KEPT), *self.words(shelf), lambda text: True)
        assert said == (
            "We noticed: Others keep your passport; You pay to get the job.\n"
            "Ask them: Will I keep my passport myself, all the time?"
        )

    def test_where_room_is_short_the_question_goes_first_then_flags_from_the_end(self, shelf: Shelf) -> None:
        def room(signs: int) -> str:
            return noticed((KEPT, FEE), *self.words(shelf), lambda text: len(text) <= signs)

        assert room(62) == "We noticed: Others keep your passport; You pay to get the job."
        assert room(61) == "We noticed: Others keep your passport."
        assert room(0) == "We noticed: Others keep your passport."

    def test_nothing_is_said_of_nothing(self, shelf: Shelf) -> None:
        assert noticed((), *self.words(shelf), lambda text: True) == ""
        assert pages((), *self.words(shelf), lambda text: True) == []

    def test_whoever_recruits_children_is_asked_nothing(self, shelf: Shelf) -> None:
        assert {Flag.MINOR_RECRUITED} == NO_QUESTION
        said = noticed(("minor_recruited", FEE), *self.words(shelf), lambda text: True)
        assert said == "We noticed: They take people under 18; You pay to get the job."

    def test_all_of_it_is_explained_in_order_and_nothing_is_lost(self, shelf: Shelf) -> None:
        words, checking = self.words(shelf)
        for signs in (40, 80, 200, 1000):
            found = pages(EVERY, words, checking, lambda text, signs=signs: len(text) <= signs)  # type: ignore[misc]
            assert all(len(page) <= signs for page in found)
            told = "".join("".join(found).split())
            places = [told.index("".join(checking[f"offer/flag/{flag}/why"].split())) for flag in EVERY]
            assert places == sorted(places)
            assert all("".join(checking[f"offer/flag/{flag}/fair"].split()) in told for flag in EVERY)

    def test_it_is_cut_between_sentences_where_it_can_be(self, shelf: Shelf) -> None:
        found = pages((FEE,), *self.words(shelf), lambda text: len(text) <= 120)
        assert all(page[-1] in ".!?" for page in found)
        assert any("(no. 1)" in page for page in found), "a number is no end of a sentence"

    def test_a_text_without_room_is_said_all_the_same(self, shelf: Shelf) -> None:
        found = pages((FEE,), *self.words(shelf), lambda text: False)
        assert "".join(found).startswith("You pay to get the job:")

    def test_what_only_the_model_saw_is_said_to_be_possible(self, shelf: Shelf) -> None:
        (page,) = pages((f"{FEE}?",), *self.words(shelf), lambda text: True)
        assert page.startswith(
            "You pay to get the job: Possibly. A program noticed this and may be wrong. The employer"
        )

    @pytest.mark.parametrize("channel", list(Channel))
    def test_a_whole_answer_has_room_on_every_channel(self, shelf: Shelf, channel: Channel) -> None:
        wording = self.wording(shelf, channel)
        said = wording.messages(self.verdict(EVERY))
        if channel is Channel.SMS:
            (one,) = said
            assert sms.parts(one.as_text()) <= PARTS
        else:
            told, question = said
            assert (told.buttons, len(question.buttons)) == ((), 4)
            assert question.text == "What do you want now?"
        assert said[0].text.startswith(
            "Stop and check before you pay or travel.\nWe noticed: Online work in a closed place;"
        )

    def test_the_words_of_an_offer_are_in_no_message_with_buttons_that_a_provider_could_keep(
        self, shelf: Shelf
    ) -> None:
        for effects in (self.verdict((FEE,)), self.explaining((FEE,))):
            *told, question = self.wording(shelf, Channel.WHATSAPP).messages(effects)
            assert told
            assert question.text == "What do you want now?"

    def test_in_a_language_without_the_words_the_verdict_stands_alone(self, shelf: Shelf) -> None:
        bare = Wording(shelf.words["en"], shelf.offered, Channel.SMS, Conversation("en"), "112", Policy())
        (one,) = bare.messages(self.verdict((FEE,)))
        assert one.text == "Stop and check before you pay or travel.\nWhat do you want now?"
        assert bare.pages(self.explaining((FEE,))[0]) == []  # type: ignore[arg-type]

    def wording(self, shelf: Shelf, channel: Channel) -> Wording:
        words, checking = self.words(shelf)
        return Wording(words, shelf.offered, channel, Conversation("en"), "112", Policy(), checking)

    def verdict(self, marks: tuple[str, ...]) -> tuple[Effect, ...]:
        choices = tuple((key, f"job_offer/next/choice/{key}") for key in ("more", "person", "another", "enough"))
        return Say("job_offer/stop/say"), Noticed(marks), Say("job_offer/next/say", choices)

    def explaining(self, marks: tuple[str, ...]) -> tuple[Effect, ...]:
        choices = tuple((key, f"job_offer/more/choice/{key}") for key in ("person", "travel", "enough"))
        tail = Say("job_offer/more/say", choices)
        return Explained(marks, 0, (tail,)), tail
