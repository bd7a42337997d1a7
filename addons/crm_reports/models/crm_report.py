# SPDX-License-Identifier: LGPL-3.0-or-later
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..engine import definition as shape

_logger = logging.getLogger(__name__)

# rows that a screen shows; the rest is in the export and in Odoo's own views
SCREEN_ROWS = 500


class CrmReport(models.Model):
    """A report that users build: a definition on the records of one model.

    Sharing a report shares its definition; what it shows is read with the rights of the reader.
    """

    _name = "crm.report"
    _description = "Report"
    _order = "name, id"

    def _default_definition(self):
        return shape.empty()

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    kind = fields.Selection(
        [("list", "List"), ("pivot", "Summary"), ("graph", "Chart")],
        "Shown as",
        required=True,
        default="list",
    )
    active = fields.Boolean(default=True)
    model_id = fields.Many2one("ir.model", "Records", required=True, index=True, ondelete="cascade")
    model_name = fields.Char(related="model_id.model")
    definition = fields.Json(required=True, default=lambda self: self._default_definition())
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index=True,
        copy=False,
    )
    sharing = fields.Selection(
        [("private", "Only me"), ("groups", "Chosen groups"), ("everyone", "Everyone")],
        required=True,
        default="private",
        copy=False,
    )
    group_ids = fields.Many2many(
        "res.groups", "crm_report_group_rel", string="Shared with", copy=False
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Leave empty to offer the report in all companies. What it shows always follows the "
        "companies that the reader has chosen.",
    )
    favorite_user_ids = fields.Many2many(
        "res.users", "crm_report_favorite_rel", string="Favorite of", copy=False
    )
    is_favorite = fields.Boolean("Favorite", compute="_compute_is_favorite")
    can_edit = fields.Boolean(compute="_compute_can_edit")
    state = fields.Selection(
        [("ok", "Ready"), ("broken", "Broken")], compute="_compute_state", string="Status"
    )
    broken_reason = fields.Text(compute="_compute_state")

    @api.depends("favorite_user_ids")
    @api.depends_context("uid")
    def _compute_is_favorite(self):
        for report in self:
            report.is_favorite = self.env.user in report.favorite_user_ids

    @api.depends("user_id", "sharing")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        editable = self._origin._filtered_access("write")
        for report in self:
            report.can_edit = not report._origin or report._origin in editable

    @api.depends("model_id", "kind", "definition")
    @api.depends_context("lang")
    def _compute_state(self):
        compiler = self.env["crm.report.compiler"]
        for report in self:
            problems = []
            if report.model_id:
                _plan, problems = compiler._inspect(
                    report.model_name, report.kind, report.definition, rights=False
                )
            report.state = "broken" if problems else "ok"
            report.broken_reason = "\n".join(dict.fromkeys(text for _code, text in problems))

    # Constraints run as superuser; these three ask what the writer may do.

    @api.constrains("model_id", "kind", "definition")
    def _check_definition(self):
        for report in self.sudo(False):
            report._compile()

    @api.constrains("user_id")
    def _check_user_id(self):
        writer = self.env(su=False)
        if writer.su or writer.user.has_group("crm_reports.crm_reports_group_manager"):
            return
        if any(report.user_id != writer.user for report in self):
            raise AccessError(self.env._("Only report managers give a report to somebody else."))

    @api.constrains("sharing", "group_ids")
    def _check_sharing(self):
        writer = self.env(su=False)
        designer = writer.su or writer.user.has_group("crm_reports.crm_reports_group_designer")
        for report in self:
            if report.sharing != "private" and not designer:
                raise AccessError(
                    self.env._(
                        "“%(name)s” cannot be shared: only report designers share reports. "
                        "Keep it for yourself, or ask a report designer.",
                        name=report.name,
                    )
                )
            if report.sharing == "groups" and not report.group_ids:
                raise ValidationError(
                    self.env._("Choose the groups that may read “%(name)s”.", name=report.name)
                )

    @api.onchange("model_id")
    def _onchange_model_id(self):
        if self.model_id and self.model_id != self._origin.model_id:
            columns = self.env["crm.report.catalog"]._default_columns(self.model_name)
            self.definition = {**shape.empty(), "columns": columns}

    @api.onchange("kind")
    def _onchange_kind(self):
        # what a list is sorted by is no group or measure, and the other way round
        self.definition = {**(self.definition or shape.empty()), "order": []}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_shape(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_shape(vals)
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for report, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%(name)s (copy)", name=report.name)
        return vals_list

    def action_open(self):
        """Return the action that opens the report in Odoo's own list, pivot or graph."""
        plan = self._compile()
        context, left_out = self._prepare_view_context(plan)
        modes = dict.fromkeys((self.kind, "pivot", "graph", "list", "form"))
        action = {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.model_name,
            "views": [(False, mode) for mode in modes],
            "view_mode": ",".join(modes),
            "domain": plan.domain,
            "context": context,
        }
        if not left_out:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "This view cannot show everything. Look at the table of the report for: "
                    "%(names)s.",
                    names=", ".join(left_out),
                ),
                "next": action,
            },
        }

    def action_export_xlsx(self):
        """Return the action that downloads the result as an Excel workbook."""
        self.ensure_one()
        self._check_export()
        self._compile()
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_reports/{self.id}/xlsx",
            "target": "download",
        }

    def action_toggle_favorite(self):
        """Put the reports on the current user's favorites, or take them off."""
        self.check_access("read")
        for report in self:
            command = fields.Command.unlink if report.is_favorite else fields.Command.link
            # a reader's star is no change of the report
            report.sudo().favorite_user_ids = [command(self.env.uid)]

    def _crm_export_xlsx(self):
        """Return ``(open file, file name)`` of the workbook; the caller closes the file."""
        self.ensure_one()
        self._check_export()
        report = self._with_reader()
        export = report.env["crm.report.export"]
        plan = report._compile()
        file, rows = export._xlsx(plan, report.name)
        _logger.info(
            "Export of report %s by %s: %s, %s rows, columns %s, filters %s",
            report.id,
            self.env.user.login,
            plan.model._name,
            rows,
            [column.spec for column in plan.shown],
            plan.domain,
        )
        return file, export._file_name(report.name) + ".xlsx"

    @api.readonly
    def crm_run(self, limit=None):
        """Return the result as the current user may see it.

        :param limit: most rows, at most 500
        :return: dict with ``columns``, ``rows`` (a list of cells each; an amount is
            ``[amount, currency id]``), ``totals``, ``count`` (records the report counts),
            ``truncated`` and ``converted`` (several currencies were added up at today's rate)
        :raise AccessError: the user may not read a field of the report
        :raise UserError: the report cannot be computed; all reasons are listed
        """
        limit = min(limit, SCREEN_ROWS) if isinstance(limit, int) and limit > 0 else SCREEN_ROWS
        engine = self._with_reader()._engine()
        return engine._to_json(engine._run(self._compile(), limit))

    @api.model
    @api.readonly
    def crm_preview(self, model_id, kind, definition):
        """Return what :meth:`crm_run` would return for a report that is not saved yet.

        Problems of the definition are not raised but returned as ``{"problems": [text]}``.
        """
        self.check_access("read")
        reader = self._with_reader()
        if not isinstance(model_id, int):
            model_id = False
        # users may not read ir.model; the compiler checks the model that it names
        model_name = reader.env["ir.model"].sudo().browse(model_id).exists().model
        compiler = reader.env["crm.report.compiler"]
        plan, problems = compiler._inspect(model_name, kind, definition)
        if problems:
            return {
                "problems": list(dict.fromkeys(text for _code, text in problems)),
                "editable": reader.env["crm.report.catalog"]._is_source(model_name),
            }
        engine = reader._engine()
        return engine._to_json(engine._run(plan, SCREEN_ROWS))

    @api.model
    @api.readonly
    def crm_sources(self):
        """Return ``[{"id", "name", "model"}]``: what the current user may build reports on."""
        self.check_access("read")
        return self.env["crm.report.catalog"]._sources()

    def _check_shape(self, vals):
        """Refuse what the column of the definition cannot even hold."""
        if "definition" in vals:
            self.env["crm.report.compiler"]._check_shape(vals["definition"])

    def _compile(self):
        """Return the Plan of the report for the current user, or raise all its problems."""
        self.ensure_one()
        self.check_access("read")
        report = self._with_reader()
        return report.env["crm.report.compiler"]._compile(
            report.model_name, report.kind, report.definition
        )

    def _engine(self):
        return self.env["crm.report.engine"]

    def _with_reader(self):
        """Return the reports in the time zone and language of the user, also over RPC."""
        user = self.env.user
        return self.with_context(
            tz=self.env.context.get("tz") or user.tz,
            lang=self.env.context.get("lang") or user.lang,
        )

    def _check_export(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(self.env._("You are not allowed to export records."))

    def _prepare_view_context(self, plan):
        """Return the context for Odoo's views, and the labels of what they cannot show."""
        context, left_out = {}, []
        if plan.kind == "list":
            return context, left_out
        rows, columns = [], []
        for group in plan.groups:
            if "." in group.path:
                left_out.append(group.label)
            else:
                (columns if group.axis == "column" else rows).append(group.spec)
        measures = []
        for measure in plan.measures:
            own = measure.field and measure.field.store and measure.field.aggregator
            if measure.path == shape.COUNT or (
                own == measure.aggregator and measure.field.type in ("integer", "float", "monetary")
            ):
                measures.append(measure.path)
            else:
                left_out.append(measure.label)
        context = {
            "pivot_row_groupby": rows,
            "pivot_column_groupby": columns,
            "pivot_measures": measures or [shape.COUNT],
            "graph_groupbys": rows + columns,
            "graph_measure": measures[0] if measures else shape.COUNT,
            "graph_mode": plan.chart,
        }
        return context, left_out
