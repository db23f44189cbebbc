"""The default price list: an invented one in the shape of the real ones."""

from decimal import Decimal

from service.simulator.catalogue import Catalogue, Group, Product


def _tokens(
    price_in: str, price_out: str, price_cached: str | None = None
) -> tuple[Group, ...]:
    if price_cached is None:
        return (
            Group(name="input", share=0.45, price=Decimal(price_in)),
            Group(name="output", share=0.55, price=Decimal(price_out)),
        )
    return (
        Group(name="input", share=0.42, price=Decimal(price_in)),
        Group(name="output", share=0.50, price=Decimal(price_out)),
        Group(name="cached", share=0.08, price=Decimal(price_cached)),
    )


def _single(price: str) -> tuple[Group, ...]:
    return (Group(name="input", share=1.0, price=Decimal(price)),)


def _model(alias: str, metric: str, groups: tuple[Group, ...]) -> Product:
    return Product(
        name=alias,
        category="completion",
        alias=alias,
        metric=metric,
        event_type="api_tokens",
        groups=groups,
    )


def _other(category: str, alias: str, metric: str, event: str, price: str) -> Product:
    return Product(
        name=alias,
        category=category,
        alias=alias,
        metric=metric,
        event_type=event,
        groups=_single(price),
    )


_MEDIUM = _tokens("0.000001275", "0.000006375", "1.275E-7")


def default_catalogue() -> Catalogue:
    """Return models of every category the provider bills."""
    return Catalogue([*_completion(), *_other_api(), *_included(), *_vibe()])


def _completion() -> list[Product]:
    return [
        _model(
            "mistral-large-latest",
            "mistral-large-2512",
            _tokens("4.25E-7", "0.000001275", "4.25E-8"),
        ),
        _model("mistral-medium-latest", "mistral-medium-3-5", _MEDIUM),
        _model(
            "mistral-small-latest",
            "mistral-small-2603",
            _tokens("8.5E-8", "2.55E-7", "8.5E-9"),
        ),
        _model("codestral-latest", "codestral-2508", _tokens("2.55E-7", "7.65E-7")),
        _model("devstral-latest", "devstral-2512", _tokens("3.4E-7", "0.0000017")),
        _model(
            "magistral-medium-latest",
            "magistral-medium-2509",
            _tokens("0.0000017", "0.00000425"),
        ),
        _model("ministral-8b-latest", "ministral-8b-2512", _tokens("8.5E-8", "8.5E-8")),
        _model("mistral-embed", "mistral-embed", _single("8.5E-8")),
    ]


def _other_api() -> list[Product]:
    library = "libraries_api"
    return [
        _other("ocr", "mistral-ocr-latest", "mistral-ocr-2512", "api_pages", "0.0017"),
        _other("connectors", "web_search", "web_search", "api_connectors", "0.0255"),
        _other(
            "audio",
            "voxtral-mini-latest",
            "voxtral-mini-2602",
            "api_audio_seconds",
            "0.00005",
        ),
        _other(
            "audio_characters",
            "voxtral-mini-tts-latest",
            "voxtral-mini-tts-2603",
            "api_audio_characters",
            "0.0000136",
        ),
        _other(
            f"{library}.pages",
            "library-pages",
            "library-pages",
            "api_libraries_pages",
            "0.0017",
        ),
        _other(
            f"{library}.tokens",
            "library-tokens",
            "library-tokens",
            "api_libraries_tokens",
            "8.5E-8",
        ),
        _other(
            f"{library}.audio_seconds",
            "library-audio",
            "library-audio",
            "api_libraries_audio",
            "0.00005",
        ),
    ]


def _included() -> list[Product]:
    return [
        Product(
            name="chat-medium",
            category="chat",
            alias="mistral-medium-latest",
            metric="mistral-medium-3-5",
            event_type="api_tokens",
            groups=_MEDIUM,
        ),
        # No fine-tuning event is known, so its rows cannot be priced by a reader.
        Product(
            name="fine-tuning",
            category="fine_tuning.training",
            alias="mistral-small-latest",
            metric="mistral-small-2603-ft",
            event_type="api_tokens",
            groups=_single("8.5E-7"),
            listed=False,
        ),
    ]


def _vibe() -> list[Product]:
    return [
        Product(
            name="vibe-medium",
            category="vibe_code.completion",
            alias="mistral-vibe-cli-latest",
            metric="mistral-medium-3-5",
            event_type="api_tokens",
            groups=_MEDIUM,
            usage_type="vibe",
        ),
        Product(
            name="vibe-search",
            category="vibe_code.connectors",
            alias="web_search",
            metric="web_search",
            event_type="vibe_connectors",
            groups=_single("0.0255"),
            usage_type="vibe",
        ),
    ]
