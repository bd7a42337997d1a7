# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.tools import format_date, format_datetime


class CrmPriceSource(models.AbstractModel):
    """A record whose prices are written down in the price history, whoever changes them.

    A model takes part by inheriting this mixin, naming its fields (``_crm_price_fields``) and
    saying what a record is in the history (``_crm_price_subjects``).
    """

    _name = "crm.price.source"
    _description = "Record with Prices"

    # The fields of which each change is written down.
    _crm_price_fields = frozenset()

    def _crm_price_subjects(self):
        """Return ``{id: values}``: what the history says of each record beside the change."""
        return {}

    def _crm_price_confidential(self):
        """Return whether the price of this record is only for those who may see costs."""
        return False

    def _crm_price_whole(self):
        """Return the price of this record as ``(field, number, text)``, to be written down when
        the record appears or disappears; nothing if it has no price yet.
        """
        return ()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._crm_log_whole("new")
        return records

    def write(self, vals):
        watched = self._crm_price_fields & vals.keys()
        if not watched:
            return super().write(vals)
        # Read as the system: the rights of the user are checked by the write itself.
        before = self.sudo()._crm_price_state(watched)
        confidential = self.sudo()._crm_price_confidential_ids()
        result = super().write(vals)
        after = self.sudo()._crm_price_state(watched)
        self._crm_log(
            {
                record_id: changes
                for record_id, old in before.items()
                if (
                    changes := {
                        name: ("changed", old[name], after[record_id][name])
                        for name in watched
                        if old[name] != after[record_id][name]
                    }
                )
            },
            confidential,
        )
        return result

    def unlink(self):
        self._crm_log_whole("removed")
        return super().unlink()

    def _crm_price_state(self, names):
        """Return ``{id: {field: (number, text)}}``."""
        return {
            record.id: {name: record._crm_price_value(name) for name in names} for record in self
        }

    def _crm_price_value(self, name):
        field, value = self._fields[name], self[name]
        if field.type == "float":
            return value, None
        if not value:
            return None, None
        if field.relational:
            return None, value.display_name
        if field.type == "selection":
            return None, dict(field._description_selection(self.env))[value]
        if field.type == "datetime":
            return None, format_datetime(self.env, value, dt_format="short")
        return None, format_date(self.env, value)

    def _crm_log_whole(self, change):
        """Write down that these records appeared, or are about to disappear, with their prices."""
        nothing = (None, None)
        changes = {}
        for record in self.sudo():
            if whole := record._crm_price_whole():
                name, *value = whole
                old, new = (nothing, value) if change == "new" else (value, nothing)
                changes[record.id] = {name: (change, old, new)}
        self._crm_log(changes)

    def _crm_price_confidential_ids(self):
        return {record.id for record in self if record._crm_price_confidential()}

    def _crm_log(self, changes, confidential=()):
        """Queue the changes of prices that are confidential now, or were before."""
        if not changes:
            return
        # Whoever writes one after the other reads what is said of them together.
        records = self.sudo().browse(changes).with_prefetch(self._prefetch_ids)
        confidential = {*confidential, *records._crm_price_confidential_ids()}
        subjects = records._crm_price_subjects()
        for record_id, subject in subjects.items():
            subject["confidential"] = record_id in confidential
        self.env["crm.price.history"]._crm_queue(self._name, changes, subjects)

    @api.model
    def _crm_log_cascade(self, field, operator, parents):
        """Write down the records that will be deleted together with their ``parents``."""
        # An access error comes from the deletion itself.
        everything = self.sudo().with_context(active_test=False)
        everything.search([(field, operator, parents.ids)])._crm_log_whole("removed")
