from service.domain.analytics import AnalyticsReport, RateLimit


def test_reports_are_named_as_their_routes_are() -> None:
    assert [each.value for each in AnalyticsReport] == [
        "lechat/by-user",
        "lechat/by-agent",
        "lechat/by-time",
        "vibe/by-workspace",
        "vibe/by-organization",
    ]


def test_an_unnamed_rate_is_not_zero() -> None:
    assert RateLimit(requests_per_second=None, models=()).requests_per_second is None
