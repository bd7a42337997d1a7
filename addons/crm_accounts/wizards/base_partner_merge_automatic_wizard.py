# SPDX-License-Identifier: LGPL-3.0-or-later
import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tools import (
    SQL,
    format_date,
    format_datetime,
    html2plaintext,
    mute_logger,
    split_every,
)

# A contact and the two others that core merges into it at a time.
_SOURCES_AT_A_TIME = 2
_ADDRESS = "address"
# Whether and where a record is, rather than what is written in it.
_NOT_CHOSEN = ("active", "company_id", "company_type", "is_company", "type", *MAGIC_COLUMNS)
_CHOSEN_TYPES = (
    *("char", "text", "html", "selection", "many2one", "date", "datetime", "integer", "float"),
    *("monetary", "binary"),
)


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Core's merge, without what core loses: see ``crm.merge.log`` for what is written down."""

    _inherit = "base.partner.merge.automatic.wizard"

    crm_comparison = fields.Json("Differences", compute="_compute_crm_comparison")
    crm_choices = fields.Json(
        "Choices", help="Of each field that differs, the contact whose value is kept."
    )

    @api.depends("partner_ids", "dst_partner_id")
    @api.depends_context("lang")
    def _compute_crm_comparison(self):
        for wizard in self:
            partners = wizard.partner_ids._origin
            wizard.crm_comparison = wizard._crm_compare(partners, wizard.dst_partner_id._origin)

    @api.onchange("partner_ids")
    def _onchange_partner_ids(self):
        # Who takes the kept contact off the list keeps another one.
        partners = self.partner_ids._origin
        if self.dst_partner_id._origin not in partners:
            self.dst_partner_id = self._get_ordered_partner(partners.ids)[-1:]

    def action_merge(self):
        """Merge; where no search for further duplicates goes on, close the dialog and say so."""
        is_search = bool(self.current_line_id)
        count = len(self.partner_ids)
        action = super().action_merge()
        self.crm_choices = False
        if is_search or count < 2:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s contacts were merged into %(name)s",
                    count=count,
                    name=self.dst_partner_id.display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids)
        self._crm_check_merge(partners)
        if not dst_partner or dst_partner not in partners:
            dst_partner = self._get_ordered_partner(partners.ids)[-1]
        sources = partners - dst_partner
        chosen = self._crm_chosen_values(partners, dst_partner)
        replaced = [name for name in chosen if dst_partner[name]]
        result = None
        for ids in (
            split_every(_SOURCES_AT_A_TIME, sources.ids) if self._crm_is_free() else [sources.ids]
        ):
            some = self.env["res.partner"].browse(ids)
            typed = self._crm_typed_values(some, dst_partner)
            log = self.env["crm.merge.log"]._crm_open(some, dst_partner, replaced)
            replaced = []
            self.env["crm.duplicate.candidate"]._crm_merge_partners(ids, dst_partner.id)
            result = super(
                BasePartnerMergeAutomaticWizard, self.with_context(crm_merge_log_id=log.id)
            )._merge([*ids, dst_partner.id], dst_partner, extra_checks)
            dst_partner.write(
                {name: value for name, value in typed.items() if not dst_partner[name]}
            )
            self._crm_after_merge(dst_partner)
        if chosen:
            dst_partner.write(chosen)
        return result

    def _crm_is_free(self):
        """Return whether the user may merge more than three contacts at once."""
        return self.env.is_admin() or self.env.user.has_group("sales_team.group_sale_manager")

    @api.model
    def _crm_check_merge(self, partners):
        """Raise one error that names everything that speaks against merging these contacts."""
        found = partners.exists()
        if len(found) < len(partners) or len(found) < 2:
            raise UserError(
                self.env._(
                    "Choose at least two contacts that still exist: somebody may just have "
                    "merged or deleted one of these. Open the list again."
                )
            )
        found.check_access("write")
        try:
            found.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody is changing one of these contacts at this moment: try again "
                    "in a few seconds."
                )
            ) from error
        problems = []
        companies = found.company_id
        if len(companies) > 1:
            problems.append(
                self.env._(
                    "The contacts belong to different companies (%(companies)s): give them the "
                    "same company first, or leave it empty.",
                    companies=", ".join(companies.mapped("name")),
                )
            )
        own = self.env["res.company"].sudo().search([("partner_id", "in", found.ids)])
        if own:
            problems.append(
                self.env._(
                    "Our own companies cannot be merged with anything: %(names)s.",
                    names=", ".join(own.mapped("name")),
                )
            )
        related = found.filtered(
            lambda partner: set(partner._crm_ids_above()) & set((found - partner).ids)
        )
        if related:
            problems.append(
                self.env._(
                    "A contact cannot be merged with the account or contact it belongs to: "
                    "%(names)s.",
                    names=", ".join(related.mapped("display_name")),
                )
            )
        users = found.with_context(active_test=False).sudo().user_ids
        if len(users) > 1:
            problems.append(
                self.env._(
                    "More than one of the contacts is a user (%(names)s): archive and unlink all "
                    "but one first.",
                    names=", ".join(users.mapped("login")),
                )
            )
        if problems:
            raise UserError("\n".join(problems))

    @api.model
    def _crm_typed_values(self, sources, dst_partner):
        """Return what people may have typed into fields that core takes for computed and skips."""
        values = {}
        for name, field in dst_partner._fields.items():
            if (
                field.store
                and field.compute
                and not field.readonly
                and not field.company_dependent
                and field.type not in ("one2many", "many2many", "binary")
                and name not in ("parent_id", "is_company", "company_type", "active")
                and dst_partner._has_field_access(field, "write")
            ):
                value = next((source[name] for source in sources if source[name]), False)
                if value:
                    values[name] = field.convert_to_write(value, dst_partner)
        return values

    @api.model
    def _crm_choice_fields(self, dst_partner):
        """Return ``{key: fields}`` of what may be chosen one by one: what the user finds on the
        form and may write, an address as a whole.
        """
        Partner = self.env["res.partner"]
        view = Partner.get_view(self.env.ref("base.view_partner_form").id, "form")
        on_form = view["models"][Partner._name]
        address = Partner._address_fields()
        left_out = {*_NOT_CHOSEN, *address}
        if dst_partner.commercial_partner_id != dst_partner:
            # They are those of the company.
            left_out.update(Partner._commercial_fields())
        choices = {}
        for name, field in Partner._fields.items():
            if name == address[0] and not (dst_partner.parent_id and dst_partner.type == "contact"):
                choices[_ADDRESS] = [Partner._fields[part] for part in address]
            elif (
                name in on_form
                and name not in left_out
                and field.type in _CHOSEN_TYPES
                and field.store
                and not (field.compute and field.readonly)
                and Partner._has_field_access(field, "write")
            ):
                choices[name] = [field]
        return choices

    @api.model
    def _crm_in_order(self, partners, dst_partner):
        """Return the contacts in the order in which their values are preferred."""
        return (dst_partner & partners) | partners.sorted("id")

    @api.model
    def _crm_compare(self, partners, dst_partner):
        """Return what two of the contacts at least have a different value for, for people to
        choose: ``partners`` as ``[id, name]``, the kept one first, and ``rows`` with ``name``,
        ``label``, ``image`` (whether it is one) and ``values``, a text for each contact.
        """
        # The field for the kept contact shows ids, and its context comes here when it changes.
        partners = self._crm_in_order(partners, dst_partner).with_context(partner_show_db_id=False)
        if len(partners) < 2 or not dst_partner:
            return {"partners": [], "rows": []}
        rows = []
        for key, parts in self._crm_choice_fields(dst_partner).items():
            image = parts[0].type == "binary"
            values = {
                partner.id: self._crm_value_text(partner, parts)
                for partner in partners
                if any(partner[part.name] for part in parts)
            }
            if len(set(values.values())) > 1 or image and len(values) > 1:
                label = parts[0]._description_string(self.env)
                rows.append(
                    {
                        "name": key,
                        "label": self.env._("Address") if key == _ADDRESS else label,
                        "image": image,
                        "values": {str(partner_id): text for partner_id, text in values.items()},
                    }
                )
        return {
            # Duplicates often bear the same name.
            "partners": [
                [partner.id, partner.with_context(partner_show_db_id=True).display_name]
                for partner in partners
            ],
            "rows": rows,
        }

    @api.model
    def _crm_value_text(self, partner, parts):
        texts = []
        for field in parts:
            value = partner[field.name]
            if field.type == "selection":
                value = dict(field._description_selection(self.env)).get(value, value)
            elif field.type == "many2one":
                value = value.display_name
            elif field.type == "html":
                value = html2plaintext(value or "")
            elif field.type == "binary":
                value = ""
            elif value and field.type == "date":
                value = format_date(self.env, value)
            elif value and field.type == "datetime":
                value = format_datetime(self.env, value)
            if value:
                texts.append(str(value))
        return ", ".join(texts)

    def _crm_chosen_values(self, partners, dst_partner):
        """Return the values, to write, that people prefer to those of the kept contact. What it
        lacks and several others have is taken from the one that was shown first, where core
        would take the last one's.
        """
        # What comes from the client only says whose value to read.
        choices = self.crm_choices if isinstance(self.crm_choices, dict) else {}
        values = {}
        for key, parts in self._crm_choice_fields(dst_partner).items() if self else ():
            owners = self._crm_in_order(partners, dst_partner).filtered(
                lambda partner, parts=parts: any(partner[field.name] for field in parts)
            )
            chosen = owners.filtered(lambda owner, key=key: owner.id == choices.get(key))
            if not chosen and len(owners) > 1:
                chosen = owners[0]
            if chosen and chosen != dst_partner:
                for field in parts:
                    values[field.name] = field.convert_to_write(chosen[field.name], dst_partner)
        return values

    @api.model
    def _update_values(self, src_partners, dst_partner):
        # Core fills each empty part of an address from another one, and hands the mixture on to
        # the company that the contact belongs to.
        names = src_partners._address_fields()
        owners = [
            partner
            for partner in (dst_partner, *reversed(src_partners))
            if any(partner[name] for name in names)
        ]
        for partner in owners[1:]:
            partner._update_address(dict.fromkeys(names, False))
        # The kept contact has it already, and core would take it for another one with the same.
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE res_partner SET barcode = NULL WHERE id = ANY(%s)", src_partners.ids)
        )
        src_partners.invalidate_recordset(["barcode"])
        return super()._update_values(src_partners, dst_partner)

    @api.model
    def _update_foreign_keys_generic(self, model, src_records, dst_record):
        # Core deletes every row of the merged record where one of them hits a constraint, and
        # fails at a unique index.
        log = self._crm_log()
        for table, column in self._get_fk_on(self.env[model]._table):
            if "base_partner_merge_" not in table and self._crm_has_id(table):
                rows = self._crm_row_ids(
                    table, SQL("%s = ANY(%s)", SQL.identifier(column), src_records.ids)
                )
                self._crm_move_rows(log, table, column, rows, dst_record.id)
        return super()._update_foreign_keys_generic(model, src_records, dst_record)

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        log = self._crm_log()
        for field in self._crm_reference_fields():
            model = self.env[field.model_name]
            rows = self._crm_row_ids(
                model._table,
                SQL(
                    "%s = %s AND %s = ANY(%s)",
                    SQL.identifier(field.model_field),
                    referenced_model,
                    SQL.identifier(field.name),
                    src_records.ids,
                ),
            )
            self._crm_move_rows(log, model._table, field.name, rows, dst_record.id)
        # Archived activities and whatever else is archived are moved as well.
        everything = self.with_context(active_test=False)
        return super(BasePartnerMergeAutomaticWizard, everything)._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )

    @api.model
    def _crm_reference_fields(self):
        """Return the stored fields that hold the id of a record whose model is named beside."""
        return [
            field
            for model in self.env.registry.values()
            if not model._abstract and model._auto
            for field in model._fields.values()
            if field.type == "many2one_reference"
            and field.store
            and field.column_type
            and (named := model._fields.get(field.model_field))
            and named.store
            and named.type in ("char", "selection")
        ]

    @api.model
    def _crm_log(self):
        return self.env["crm.merge.log"].sudo().browse(self.env.context.get("crm_merge_log_id"))

    @api.model
    def _crm_has_id(self, table):
        return any(model._table == table and model._auto for model in self.env.registry.values())

    @api.model
    def _crm_row_ids(self, table, condition):
        self.env.flush_all()
        query = SQL("SELECT id FROM %s WHERE %s ORDER BY id", SQL.identifier(table), condition)
        return [row[0] for row in self.env.execute_query(query)]

    @api.model
    def _crm_move_rows(self, log, table, column, ids, dst_id):
        """Let rows point to another record; note those that a constraint keeps from it."""
        if not ids:
            return
        if self._crm_update_rows(table, column, ids, dst_id):
            log._crm_note_moved(table, column, ids)
            return
        refused = [
            row_id for row_id in ids if not self._crm_update_rows(table, column, [row_id], dst_id)
        ]
        log._crm_note_moved(table, column, [row_id for row_id in ids if row_id not in refused])
        log._crm_note_dropped(table, refused)
        self.env.cr.execute(
            SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(table), refused)
        )
        self.env.invalidate_all()

    @api.model
    def _crm_update_rows(self, table, column, ids, dst_id):
        """Return whether the rows could be changed."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = ANY(%s)",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        dst_id,
                        ids,
                    )
                )
        except psycopg2.IntegrityError:
            return False
        self.env.invalidate_all()
        return True

    @api.model
    def _crm_after_merge(self, dst_partner):
        """What follows from the moved rows, which were moved behind the back of the ORM."""
        Partner = self.env["res.partner"]
        below = Partner.with_context(active_test=False).search([("id", "child_of", dst_partner.id)])
        for name in (
            "commercial_partner_id",
            "commercial_company_name",
            "complete_name",
            "crm_account_id",
        ):
            self.env.add_to_compute(Partner._fields[name], below)
        # Who may write the merged contacts needs no right on their roles, as with all that core
        # moves: somebody who only manages contacts has none, nor any on those of other companies.
        roles = (
            self.env["crm.account.contact"]
            .sudo()
            .search(["|", ("account_id", "=", dst_partner.id), ("contact_id", "=", dst_partner.id)])
        )
        self.env.add_to_compute(roles._fields["is_primary"], roles)
        roles._crm_join_overlapping()
        self.env["crm.account.event"]._crm_queue_merged(dst_partner)
