"""The table of the mandatory tests: which are made for which version, which are not and why."""

from __future__ import annotations

from typing import Any, Final

from assay.readers.csaf_mandatory import metrics, profiles, sharing, tracking, tree, vulnerability
from assay.readers.csaf_mandatory.advisory import Advisory, Test
from assay.readers.cursor import root
from assay.readers.refusal import refusal

__all__ = ["BY_READING", "NOT_MADE", "TESTS", "check"]

BY_READING: Final = ("6.1.1", "6.1.2", "6.1.3", "6.1.4", "6.1.5", "6.1.6", "6.1.23")
"""Tests that reading products and states makes by itself."""
NOT_MADE: Final = {
    "6.1.11": "needs the list of weaknesses in the version that the document names",
    "6.1.48": "needs the registry of SSVC decision points",
    "6.1.60.2": "needs the schema of each extension",
    "6.1.60.3": "needs the metadata of each extension",
}
"""Tests that cannot be made from the document alone, and what they need."""
_REMEDY: Final = "ask the publisher to mend it: the standard wants this treated as an error"

TESTS: Final[tuple[tuple[str, str, Test], ...]] = (
    ("6.1.7", "2.0", metrics.one_score_each),
    ("6.1.8", "2.0", metrics.scores_valid),
    ("6.1.9", "2.0", metrics.scores_computed),
    ("6.1.10", "2.0", metrics.scores_agree),
    ("6.1.12", "2.0", sharing.language_exists),
    ("6.1.13", "2.0", tree.purls_valid),
    ("6.1.37", "2.1", tracking.real_times),
    ("6.1.30", "2.0", tracking.one_kind_of_version),
    ("6.1.14", "2.0", tracking.history_is_sorted),
    ("6.1.15", "2.0", sharing.translator_names_source),
    ("6.1.16", "2.0", tracking.latest_version),
    ("6.1.17", "2.0", tracking.draft_status),
    ("6.1.18", "2.0", tracking.history_is_released),
    ("6.1.19", "2.0", tracking.no_prerelease_in_history),
    ("6.1.20", "2.0", tracking.no_prerelease_when_released),
    ("6.1.21", "2.0", tracking.history_is_complete),
    ("6.1.22", "2.0", tracking.numbers_once),
    ("6.1.24", "2.0", vulnerability.involved_once),
    ("6.1.25", "2.0", tree.algorithm_once),
    ("6.1.26", "2.0", profiles.CATEGORY),
    ("6.1.28", "2.0", sharing.translated),
    ("6.1.29", "2.0", vulnerability.remediations_name_products),
    ("6.1.31", "2.0", tree.version_is_no_range),
    ("6.1.32", "2.0", vulnerability.flags_name_products),
    ("6.1.33", "2.0", vulnerability.one_flag_each),
    ("6.1.34", "2.1", tree.branches_bounded),
    ("6.1.35", "2.1", vulnerability.remediations_agree),
    ("6.1.36", "2.1", vulnerability.remediations_fit_status),
    ("6.1.38", "2.1", sharing.public_group_is_public),
    ("6.1.39", "2.1", sharing.public_is_shared_with_all),
    ("6.1.40", "2.1", sharing.reserved_names),
    ("6.1.41", "2.1", sharing.group_of_nobody_named),
    ("6.1.42", "2.1", tree.purls_alike),
    ("6.1.43", "2.1", tree.model_numbers),
    ("6.1.44", "2.1", tree.serial_numbers),
    ("6.1.45", "2.1", vulnerability.disclosed_before_newest),
    ("6.1.46", "2.1", metrics.ssvc_valid),
    ("6.1.47", "2.1", metrics.ssvc_targets),
    ("6.1.49", "2.1", metrics.ssvc_times),
    ("6.1.50", "2.1", tree.range_obeys),
    ("6.1.51", "2.1", metrics.epss_times),
    ("6.1.52", "2.1", vulnerability.exploited_before_newest),
    ("6.1.53", "2.1", vulnerability.exploited_before_known),
    ("6.1.54", "2.1", sharing.licence_is_an_expression),
    ("6.1.55", "2.1", sharing.licence_text_given),
    ("6.1.56", "2.1", metrics.one_kind_of_rating),
    ("6.1.57", "2.1", tree.categories_once),
    ("6.1.58", "2.1", tree.one_version_kind),
    ("6.1.59", "2.1", tree.range_is_a_range),
    ("6.1.60.1", "2.1", sharing.extensions_hold),
    ("6.1.61", "2.1", tree.skus),
)
"""Number, version since which it is made, test."""


def check(value: dict[str, Any], version: str) -> None:
    """Make every mandatory test that the document alone can settle.

    Raises InputError: E0810 for the first test that fails, with its number and place; E0809 for a member of another
    type.
    """
    advisory = Advisory(root(value, "CSAF"), version)
    made = [(number, test) for number, since, test in TESTS if since <= version]
    made += [
        (number, test) for number, since, categories, test in profiles.PROFILES
        if since <= version and advisory.category in categories
    ]  # fmt: skip
    for number, test in made:
        for fault in test(advisory):
            raise refusal("E0810", f"{fault.what} (CSAF {number})", fault.place, fault.expected, _REMEDY)
