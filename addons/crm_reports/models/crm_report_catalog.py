# SPDX-License-Identifier: LGPL-3.0-or-later
from lxml import etree

from odoo import api, models

TECHNICAL_PREFIXES = (
    "_",
    "account.reconcile.",
    "auth",
    "base.",
    "base_import.",
    "bus.",
    "change.password.",
    "crm.iap.",
    "crm.match.",
    "crm.report",
    "crm.timeline.",
    "decimal.precision",
    "digest.",
    "discuss.",
    "fetchmail.",
    "html_editor.",
    "iap.",
    "ir.",
    "mail.",
    "onboarding.",
    "phone.",
    "portal.",
    "privacy.",
    "properties.",
    "report.layout",
    "report.paperformat",
    "res.config",
    "res.device",
    "res.groups",
    "res.role",
    "res.users.",
    "sms.",
    "snailmail.",
    "spreadsheet",
    "web_",
    "web.",
)
# Activities are what people plan, not plumbing.
BUSINESS_MODELS = ("mail.activity",)
DEFAULT_COLUMNS = 6
# Parts of a list that a person drags or clicks, not reads.
HIDDEN_WIDGETS = ("handle", "list_activity")


class CrmReportCatalog(models.AbstractModel):
    """Which records a report may be built on."""

    _name = "crm.report.catalog"
    _description = "Report Sources"

    @api.model
    def _is_source(self, model_name):
        """Return whether the current user may build and read reports on the model."""
        return self._is_reportable(model_name) and self.env[model_name].has_access("read")

    @api.model
    def _is_reportable(self, model_name):
        """Return whether the model is there and holds business records, whoever asks."""
        model = self.env.get(model_name)
        return (
            model is not None
            and not model._abstract
            and not model._transient
            and (model_name in BUSINESS_MODELS or not model_name.startswith(TECHNICAL_PREFIXES))
        )

    @api.model
    def _sources(self):
        """Return ``[{"id", "name", "model"}]`` of the sources of the current user, by name."""
        names = [name for name in self.env.registry if self._is_source(name)]
        # Users may not read ir.model; the names of the models that they may read are no secret.
        found = (
            self.env["ir.model"].sudo().search_fetch([("model", "in", names)], ["name", "model"])
        )
        return sorted(
            ({"id": model.id, "name": model.name, "model": model.model} for model in found),
            key=lambda source: source["name"].lower(),
        )

    @api.model
    def _default_columns(self, model_name):
        """Return the first columns of the model's own list, as items of a definition."""
        model = self.env[model_name]
        arch = etree.fromstring(model.get_view(view_type="list")["arch"])
        names = [
            node.get("name")
            for node in arch.findall("./field")
            if node.get("optional") != "hide"
            and node.get("widget") not in HIDDEN_WIDGETS
            and not any(node.get(key) in ("1", "True") for key in ("invisible", "column_invisible"))
            and model._fields[node.get("name")].type not in ("binary", "json", "properties")
        ]
        paths = list(dict.fromkeys(names))[:DEFAULT_COLUMNS] or ["display_name"]
        return [{"path": path} for path in paths]
