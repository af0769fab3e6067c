"""The same models and promises on PostgreSQL, where writers really are concurrent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy.engine import make_url

from incident_api.alerts.models import StoredAlert
from incident_api.audit.service import verify
from incident_api.coordination.signing import sign_with_fresh_keys
from incident_api.database import Database
from incident_api.ledger import service as ledger
from incident_api.notifications.settings import NotificationSettings
from incident_api.opening import migrate
from incident_api.runtime import Runtime
from incident_api.tables import metadata
from khien.clock import ManualClock
from tests.incident_api.alerts import (
    test_bulk,
    test_chunk,
    test_foreign,
    test_intake,
    test_linking,
    test_queue,
    test_suppression,
    test_transition,
)
from tests.incident_api.alerts import test_jobs as test_alert_jobs
from tests.incident_api.assignments import test_simulation
from tests.incident_api.audit import test_anchoring
from tests.incident_api.casework import test_casework
from tests.incident_api.city import START_US, Page, alert, city, post, settings_in
from tests.incident_api.coordination import test_life
from tests.incident_api.duty import test_changes, test_current, test_handing_over
from tests.incident_api.escalation import test_auditor, test_escalation, test_obligation_steps
from tests.incident_api.incidents import test_handling, test_merging
from tests.incident_api.jobs import test_jobs, test_retention
from tests.incident_api.notifications import test_sender
from tests.incident_api.notifications.house import LOCAL
from tests.incident_api.organisation import test_versions
from tests.incident_api.periodic import test_periodic

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database_url(postgresql_url: str) -> Iterator[str]:
    """A fresh database on the server, gone afterwards."""
    name = f"khien_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield make_url(postgresql_url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgresql_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_US)


@pytest.fixture
def runtime(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Runtime]:
    with city(tmp_path, clock=clock, database_url=database_url) as made:
        yield made


def test_the_migrations_make_the_tables_that_the_models_say(database_url: str, tmp_path: Path) -> None:
    for url in (database_url, f"sqlite:///{tmp_path}/state.db"):
        database = Database(url)
        migrate(database)
        with database.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        database.close()


def test_two_processes_share_one_order_of_audit_and_stream(runtime: Runtime, tmp_path: Path, database_url: str) -> None:
    with city(tmp_path, database_url=database_url) as second:
        for number in range(10):
            post((runtime, second)[number % 2], alert(number, rule=f"rule-{number}"))
        assert verify(second).is_whole
        assert Page(second, "irt.analyst.2").get("/alerts").json()["total"] == 10


INTAKE = (
    test_intake.test_fifty_concurrent_posts_of_one_alert_make_one_alert,
    test_intake.test_fifty_alerts_of_one_thing_are_one_open_group_with_count_fifty,
    test_intake.test_a_repeat_changes_nothing_and_says_so,
    test_intake.test_the_ledger_balances_after_repeats_and_updates,
    test_transition.test_fifty_people_who_click_at_once_make_one_owner,
    test_transition.test_a_retried_request_with_its_key_gives_the_first_answer,
    test_queue.test_filters_narrow,
    test_queue.test_bundles_count_exactly,
    test_queue.test_the_numbers_behind_the_tabs_are_exact,
    test_bulk.test_applying_twice_gives_the_first_outcome,
    test_bulk.test_reopening_in_bulk_and_taking_that_back,
    test_chunk.test_of_two_closed_groups_of_one_thing_one_is_reopened_and_the_other_is_told_why_not,
    test_foreign.test_fifty_concurrent_posts_of_one_alert_are_one,
    test_linking.test_undo_of_linking_and_of_unlinking_gives_back_what_was,
    test_linking.test_new_hits_join_a_linked_group_until_its_incident_has_ended,
    test_suppression.test_undo_of_both_gives_back_what_was,
    test_handling.test_of_fifty_acts_on_one_version_one_is_taken,
    test_handling.test_many_incidents_are_given_at_once_by_what_matches,
    test_handling.test_the_list_is_in_order_beyond_9999_in_a_year,
    test_merging.test_the_first_of_two_merges_is_taken_back_and_the_second_still_counts,
    test_casework.test_observables_come_from_titles_comments_and_alerts_each_once_with_its_places,
    test_casework.test_two_shared_observables_are_a_hint_and_one_is_a_coincidence,
    test_casework.test_groups_that_name_two_of_the_observables_and_belong_to_nothing_are_hints,
    test_versions.test_of_two_who_adopt_at_once_one_is_told_to_preview_again,
    test_versions.test_the_same_token_again_adopts_nothing_and_another_persons_token_does_not_exist,
    test_versions.test_what_is_stored_is_the_organisation_itself,
    test_changes.test_a_swap_takes_the_other_and_the_shift_lead_and_only_then_changes_the_rota,
    test_changes.test_a_retried_request_puts_one_override,
    test_handing_over.test_both_sign_the_same_hash_and_the_audit_log_has_it,
)


@pytest.mark.parametrize("promise", INTAKE, ids=lambda each: each.__name__)
def test_a_promise_kept_on_sqlite_is_kept_here(runtime: Runtime, promise: object) -> None:
    promise(runtime)  # type: ignore[operator]  # a test of the other modules
    assert verify(runtime).is_whole


CLOCKED = (
    test_transition.test_undo_gives_back_the_state_before_and_lets_the_clock_run_on,
    test_transition.test_reopening_works_for_ninety_days_and_not_beside_an_open_twin,
    test_escalation.test_two_tickers_at_once_fire_each_step_once,
    test_escalation.test_taking_stops_every_further_notice,
    test_obligation_steps.test_the_initial_notice_of_an_m2_goes_up_at_the_times_of_the_worked_case,
    test_obligation_steps.test_the_second_party_is_told_told_again_and_the_approval_expires,
    test_auditor.test_obligations_and_approvals_without_a_clock_get_one_and_it_is_on_record,
    test_jobs.test_what_a_killed_process_had_begun_is_run_again_by_the_next_at_once,
    test_retention.test_notices_of_alerts_go_after_the_months_of_the_rules_unless_they_are_held,
    test_periodic.test_it_is_told_becomes_overdue_and_asks_why,
    test_simulation.test_a_simulation_writes_nothing,
    test_queue.test_similar_groups_come_with_their_verdict,
    test_bulk.test_the_undo_leaves_alone_what_changed_since_and_ends_after_sixty_seconds,
    test_suppression.test_when_its_time_is_over_it_is_new_with_its_hits_and_a_clock,
    test_alert_jobs.test_whoever_took_something_and_left_it_is_reminded_and_then_it_goes_to_somebody_else,
    test_current.test_the_past_stays_however_often_it_is_frozen,
    test_current.test_what_is_stored_is_what_memory_says_from_fifteen_days_ago_to_half_a_year_ahead,
    test_changes.test_a_sick_note_puts_somebody_in_at_once_who_has_fifteen_minutes,
    test_merging.test_merging_twice_owes_twice_and_leaves_the_same,
    test_casework.test_three_units_hit_within_a_day_propose_s105_and_two_do_not,
    test_casework.test_the_work_is_told_in_the_timeline,
)


@pytest.mark.parametrize("promise", CLOCKED, ids=lambda each: each.__name__)
def test_a_promise_over_time_is_kept_here(runtime: Runtime, clock: ManualClock, promise: object) -> None:
    promise(runtime, clock)  # type: ignore[operator]  # a test of the other modules
    assert verify(runtime).is_whole


@pytest.mark.parametrize("sort", ["severity", "newest", "oldest", "due"])
@pytest.mark.parametrize("words", ["tan cong", "%"])
def test_pages_and_words_are_the_same_here(runtime: Runtime, sort: str, words: str) -> None:
    test_queue.test_pages_by_keyset_give_every_group_once_in_order(runtime, sort)
    assert (len(Page(runtime, "irt.analyst.2").rows(q=words)) > 0) is (words == "tan cong")


@pytest.mark.parametrize(("character", "visible"), [("\x00", "\\u0000"), ("\ud800", "\\ud800")], ids=["nul", "surrogate"])
def test_an_alert_with_characters_that_this_server_refuses_is_kept_here(runtime: Runtime, character: str, visible: str) -> None:
    test_intake.test_what_no_database_holds_is_stored_visibly_and_blocks_nobody(runtime, character, visible)


def test_a_value_that_this_server_refuses_is_the_requests_fault(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def asks(found: Runtime) -> None:
        with found.database.read() as session:
            session.get(StoredAlert, "\x00")

    page = Page(runtime, "irt.analyst.2")
    monkeypatch.setattr(ledger, "current", asks)
    answer = page.get("/ledger")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


ANCHORED = (
    test_anchoring.test_checkpoints_cover_what_is_new_and_each_names_the_one_before,
    test_anchoring.test_a_log_that_does_not_hold_is_not_signed,
)


@pytest.mark.parametrize("promise", ANCHORED, ids=lambda each: each.__name__)
def test_the_audit_log_is_signed_here(runtime: Runtime, promise: object) -> None:
    promise(runtime)  # type: ignore[operator]  # a test of the other modules


POLICY = (
    test_life.test_a_draft_that_both_sides_sign_replaces_the_rules_in_force,
    test_life.test_paper_counts_when_two_persons_of_different_homes_typed_the_same,
)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("promise", POLICY, ids=lambda each: each.__name__)
def test_rules_are_signed_here(tmp_path: Path, database_url: str, clock: ManualClock, promise: object) -> None:
    settings = settings_in(tmp_path)
    keys = sign_with_fresh_keys(
        policy_folder=settings.policy_folder,
        organisation_folder=settings.organisation_folder,
        signers=test_life.SIGNERS,
        clock=clock,
    )
    with city(tmp_path, clock=clock, database_url=database_url) as made:
        promise(test_life.Parties(made, keys))  # type: ignore[operator]  # a test of the other module
        assert verify(made).is_whole


SENT = (
    test_sender.test_what_is_withdrawn_between_claim_and_sending_does_not_leave,
    test_sender.test_a_sender_that_died_is_followed_when_its_lease_ran_out_with_the_same_key,
    test_sender.test_a_storm_becomes_one_message_and_the_gravest_never_waits,
)


@pytest.mark.parametrize("promise", SENT, ids=lambda each: each.__name__)
def test_a_promise_of_the_sender_is_kept_here(runtime: Runtime, clock: ManualClock, promise: object) -> None:
    runtime.notifications = NotificationSettings.model_validate({"channels": {"mail": LOCAL}})
    promise(runtime, clock)  # type: ignore[operator]  # a test of the other modules
    assert verify(runtime).is_whole


def test_two_senders_send_each_message_once_here(runtime: Runtime) -> None:
    runtime.notifications = NotificationSettings.model_validate({"channels": {"mail": LOCAL}})
    test_sender.test_two_senders_at_once_send_each_message_once(runtime)
