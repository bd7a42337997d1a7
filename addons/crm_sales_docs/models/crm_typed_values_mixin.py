# SPDX-License-Identifier: LGPL-3.0-or-later
import math

from odoo import api, models
from odoo.exceptions import ValidationError

_MAX_INTEGER = 2**31 - 1


class CrmTypedValuesMixin(models.AbstractModel):
    """Answer in a sentence where a program writes text instead of a number, a date or an id.

    Odoo answers with the error of the programming language, or takes the text for nothing.
    """

    _name = "crm.typed.values.mixin"
    _description = "Values of the wrong type"

    @api.model_create_multi
    def create(self, vals_list):
        self._crm_check_types(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._crm_check_types([vals])
        return super().write(vals)

    @api.model
    def _crm_check_types(self, vals_list):
        """Raise one ValidationError with a sentence for each value of the wrong type."""
        if problems := self._crm_type_problems(self, vals_list):
            raise ValidationError("\n".join(dict.fromkeys(problems)))

    @api.model
    def _crm_type_problems(self, model, vals_list):
        problems = []
        for vals in vals_list:
            for name, value in vals.items():
                field = model._fields.get(name)
                if field is None:
                    continue  # Odoo tells of a field that does not exist
                if field.type == "one2many" and isinstance(value, (list, tuple)):
                    nested = [
                        command[2]
                        for command in value
                        if isinstance(command, (list, tuple))
                        and len(command) == 3
                        and isinstance(command[2], dict)
                    ]
                    problems += self._crm_type_problems(self.env[field.comodel_name], nested)
                elif value and (problem := self._crm_type_problem(field, value)):
                    problems.append(problem)
        return problems

    @api.model
    def _crm_type_problem(self, field, value):
        """Return the sentence that tells why a field does not take the value, or None."""
        what = {"field": field._description_string(self.env), "value": str(value)}
        if field.type in ("integer", "float", "monetary") and not self._crm_is_number(field, value):
            return self.env._("%(field)s must be a number, not “%(value)s”.", **what)
        if field.type in ("date", "datetime"):
            try:
                field.convert_to_cache(value, self.browse())
            except (TypeError, ValueError):
                return self.env._(
                    "%(field)s must be a date such as 2026-01-31, not “%(value)s”.", **what
                )
        if field.type == "many2one" and isinstance(value, str):
            return self.env._("%(field)s must be the id of a record, not “%(value)s”.", **what)
        return None

    @api.model
    def _crm_is_number(self, field, value):
        try:
            number = int(value) if field.type == "integer" else float(value)
        except (TypeError, ValueError, OverflowError):
            return False
        # "nan" is a number for Python and more than nothing for the database
        return abs(number) <= _MAX_INTEGER if field.type == "integer" else math.isfinite(number)
