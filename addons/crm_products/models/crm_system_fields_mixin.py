# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError


class CrmSystemFieldsMixin(models.AbstractModel):
    """Keep users from giving a value to stored fields that follow from actions and documents.

    Odoo's ``readonly`` is a matter of views: over RPC, or through a default, anybody who may write
    the record could otherwise change them. Nor do the defaults that users save for themselves get
    into records that the system makes for them.
    """

    _name = "crm.system.fields.mixin"
    _description = "Fields that only the system sets"

    _crm_system_fields = frozenset()

    @api.model
    def default_get(self, fields):
        # Neither the context of a call nor a user's own defaults count.
        defaults = super().default_get(fields)
        for name in self._crm_system_fields & defaults.keys():
            del defaults[name]
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        self._crm_refuse_system_fields(set().union(*vals_list), "create")
        return super().create(vals_list)

    def write(self, vals):
        self._crm_refuse_system_fields(vals.keys(), "write")
        return super().write(vals)

    def _crm_refuse_system_fields(self, names, operation):
        refused = self._crm_system_fields & names
        if refused and not self.env.su:
            self.check_access(operation)
            raise UserError(
                self.env._(
                    "%(model)s: nobody writes %(fields)s, use its buttons.",
                    model=self.env["ir.model"]._get(self._name).name,
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in sorted(refused)
                    ),
                )
            )
