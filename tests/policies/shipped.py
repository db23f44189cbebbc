"""Where the tests of policies find files, and what they put into the environment."""

from pathlib import Path

from service.policy_files.expansion import Expander
from tests.house.project import ROOT

SHIPPED = ROOT / "policies"
TESTDATA = Path(__file__).parent / "testdata"
GUARD = ("guard.yaml", (TESTDATA / "guard.yaml").read_text("utf-8"))
ENVIRONMENT = {
    "MISTRAL_ADMIN_API_KEY": "sg_test_acme",
    "BETA_KEY": "sg_test_beta",
    "SLACK_URL": "slack://sg_test_slack",
    "EMAIL_URL": "mailto://sg_test_mail",
    "SPENDGUARD_SLACK_URL": "slack://sg_test_slack",
    "SPENDGUARD_EMAIL_URL": "mailto://sg_test_mail",
    "EMPTY": "",
}
EXPANDER = Expander(ENVIRONMENT, require_variables=True)
