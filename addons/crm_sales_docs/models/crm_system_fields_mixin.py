# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError


class CrmSystemFieldsMixin(models.AbstractModel):
    """Keep users from giving a value to stored fields that follow from actions and documents.

    Odoo's ``readonly`` is a matter of views: over RPC, or through a default, anybody who may write
    the record could otherwise change them.
    """

    _name = "crm.system.fields.mixin"
    _description = "Fields that only the system sets"

    _crm_system_fields = frozenset()

    @api.model
    def default_get(self, fields):
        # neither the context of a call nor a user's own defaults count
        defaults = super().default_get(fields)
        for name in self._crm_system_fields & defaults.keys():
            default = self._fields[name].default
            if default:
                defaults[name] = default(self)
            else:
                del defaults[name]
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        self._crm_refuse_system_fields(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._crm_refuse_system_fields(vals.keys())
        return super().write(vals)

    def _crm_refuse_system_fields(self, names):
        refused = self._crm_system_fields & names
        if refused and not self.env.su:
            raise UserError(
                self.env._(
                    "%(model)s: nobody writes %(fields)s. %(reason)s",
                    model=self.env["ir.model"]._get(self._name).name,
                    reason=self._crm_system_fields_reason(),
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in sorted(refused)
                    ),
                )
            )

    def _crm_system_fields_reason(self):
        """Return the sentence that says what sets the fields."""
        return self.env._("It follows from the buttons Validate, Cancel and Create Invoice.")
