"""What an examination found, as JSON."""

from service.api.bodies.base import Body, example
from service.domain.diagnosis import Diagnosis, Verdict


class DiagnosisItem(Body):
    """One thing that was looked at: how it is, and what to do about it."""

    model_config = example(
        topic="organization acme",
        check="currency",
        verdict="fine",
        said="EUR, as in guard.yaml",
        advice="",
    )

    topic: str
    check: str
    verdict: Verdict
    said: str
    advice: str


def diagnosis_item(diagnosis: Diagnosis) -> DiagnosisItem:
    """Give one finding of an examination."""
    return DiagnosisItem(
        topic=diagnosis.topic,
        check=diagnosis.check,
        verdict=diagnosis.verdict,
        said=diagnosis.said,
        advice=diagnosis.advice,
    )
