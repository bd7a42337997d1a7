# SPDX-License-Identifier: LGPL-3.0-or-later
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.api import SUPERUSER_ID
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# Who counts, as CTEs: the installed addons of the suite (crm_accounts and what depends on it), the
# groups that give a seat, and those that imply one of them. Groups without a privilege switch a
# feature for everybody and give no seat. Read from the tables, because Odoo's cache of the groups
# may be older than the transaction when another one has just changed them.
_SUITE = SQL(
    """
    WITH RECURSIVE suite(name) AS (
        SELECT 'crm_accounts'::varchar
         UNION
        SELECT module.name
          FROM suite
          JOIN ir_module_module_dependency dependency ON dependency.name = suite.name
          JOIN ir_module_module module ON module.id = dependency.module_id
         WHERE module.state IN ('installed', 'to upgrade')
    ), seat_group(module, id) AS (
        SELECT data.module, res_groups.id
          FROM ir_model_data data
          JOIN res_groups ON res_groups.id = data.res_id
         WHERE data.model = 'res.groups'
           AND res_groups.privilege_id IS NOT NULL
           AND (data.module IN (SELECT name FROM suite) OR data.module = 'sales_team')
    ), holder(id) AS (
        SELECT id FROM seat_group
         UNION
        SELECT implied.gid
          FROM holder
          JOIN res_groups_implied_rel implied ON implied.hid = holder.id
    )
    """
)


class CrmModuleCapacity(models.Model):
    """How many users an addon of the suite is meant for. The smallest limit is the capacity of
    the whole CRM. There is one row for each installed addon; glue addons have none.

    A user of the CRM is active, internal, not the superuser, and holds, directly or by
    implication, a group of Odoo's Sales or of an addon of the suite.
    """

    _name = "crm.module.capacity"
    _description = "User Capacity of a Module"
    _order = "id"

    module = fields.Char("Technical Name", required=True, readonly=True)
    name = fields.Char("Module", compute="_compute_name", compute_sudo=True)
    max_users = fields.Integer(
        "User Limit",
        required=True,
        default=0,
        aggregator=None,
        help="How many users the module allows; 0 means no limit. The smallest limit of all "
        "modules is the capacity of the CRM.",
    )
    user_count = fields.Integer("Users", compute="_compute_user_count", compute_sudo=True)
    crm_user_count = fields.Integer(
        "Users of the CRM", compute="_compute_user_count", compute_sudo=True
    )
    crm_max_users = fields.Integer(
        "Capacity of the CRM", compute="_compute_crm_max_users", compute_sudo=True
    )
    is_limiting = fields.Boolean(
        "Sets the Capacity", compute="_compute_crm_max_users", compute_sudo=True
    )

    _module_uniq = models.Constraint("UNIQUE (module)", "The module has a row already.")

    def _compute_name(self):
        names = {
            module.name: module.shortdesc
            for module in self.env["ir.module.module"].search_fetch(
                [("name", "in", self.mapped("module"))], ["name", "shortdesc"]
            )
        }
        for row in self:
            row.name = names.get(row.module) or row.module

    def _compute_user_count(self):
        groups_by_module = self._get_groups_by_module()
        users = self.env["res.users"].search_fetch(self._get_users_domain(), ["group_ids"])
        held = [set(user.all_group_ids.ids) for user in users]
        for row in self:
            group_ids = groups_by_module[row.module]
            row.user_count = sum(not group_ids.isdisjoint(ids) for ids in held)
            row.crm_user_count = len(users)

    @api.depends("max_users")
    def _compute_crm_max_users(self):
        capacity = self._get_limiting().max_users
        for row in self:
            row.crm_max_users = capacity
            row.is_limiting = bool(capacity) and row.max_users == capacity

    @api.depends("module")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.name

    @api.constrains("max_users")
    def _check_max_users(self):
        negative = self.filtered(lambda row: row.max_users < 0)
        if negative:
            raise ValidationError(
                self.env._(
                    "The user limit of %(modules)s cannot be negative: enter 0 for no limit.",
                    modules=", ".join(negative.mapped("name")),
                )
            )

    def write(self, vals):
        if "max_users" in vals:
            self._serialize_seats()
        return super().write(vals)

    def action_open_users(self):
        """Return the action that lists the users of the module."""
        self.ensure_one()
        self.check_access("read")
        group_ids = self._get_groups_by_module()[self.module]
        return self._users_action(
            self.env._("Users of %(module)s", module=self.name),
            self._get_users_domain(group_ids),
        )

    @api.model
    def action_open_crm_users(self):
        """Return the action that lists the users of the CRM."""
        self.check_access("read")
        return self._users_action(self.env._("Users of the CRM"), self._get_users_domain())

    @api.model
    def crm_capacity(self):
        """Return the number of users that the CRM allows: the smallest limit of its modules, 0
        when there is none.
        """
        self.check_access("read")
        return self._get_limiting().max_users

    def _users_action(self, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "res.users",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    @api.model
    def _get_limiting(self):
        """Return the row with the smallest limit, in one query; empty when there is no limit."""
        return self.sudo().search_fetch(
            [("max_users", ">", 0)], ["max_users"], order="max_users, id", limit=1
        )

    @api.model
    def _get_groups_by_module(self):
        """Return ``{module: ids of the groups that give rights in it}``: the seat groups that it
        defines or that its access rules name. A module without groups of its own is for everybody
        in Sales.
        """
        own, named = (
            {module: set(ids) for module, ids in self.env.execute_query(SQL("%s %s", _SUITE, sql))}
            for sql in (
                SQL("SELECT module, array_agg(id) FROM seat_group GROUP BY module"),
                SQL(
                    """
                    SELECT data.module, array_agg(access.group_id)
                      FROM ir_model_data data
                      JOIN ir_model_access access ON access.id = data.res_id
                      JOIN seat_group ON seat_group.id = access.group_id
                     WHERE data.model = 'ir.model.access'
                       AND data.module IN (SELECT name FROM suite)
                     GROUP BY data.module
                    """
                ),
            )
        )
        return {
            row.module: own[row.module] | named.get(row.module, set())
            if row.module in own
            else own["sales_team"]
            for row in self.sudo().search([])
        }

    @api.model
    def _get_users_domain(self, group_ids=None):
        """Return the domain of the users who hold one of the groups, by default any of the CRM."""
        if group_ids is None:
            group_ids = [
                group_id
                for (group_id,) in self.env.execute_query(SQL("%s SELECT id FROM holder", _SUITE))
            ]
        return (
            Domain("active", "=", True)
            & Domain("share", "=", False)
            & Domain("id", "!=", SUPERUSER_ID)
            & Domain("all_group_ids", "in", sorted(group_ids))
        )

    @api.model
    def _count_users(self):
        """Return the number of users of the CRM as the transaction sees them, in one query."""
        self.env.flush_all()
        [(count,)] = self.env.execute_query(
            SQL(
                """
                %s
                SELECT count(DISTINCT res_users.id)
                  FROM res_users
                  JOIN res_groups_users_rel held ON held.uid = res_users.id
                  JOIN holder ON holder.id = held.gid
                 WHERE res_users.active
                   AND res_users.share IS NOT TRUE
                   AND res_users.id != %s
                """,
                _SUITE,
                SUPERUSER_ID,
            )
        )
        return count

    @api.model
    @contextmanager
    def _guard_seats(self):
        """Refuse what is done inside when it leaves more users of the CRM than before and than
        its capacity. Nobody is locked out: what adds no user always passes, and so does whatever
        Odoo does while modules are being installed or upgraded.

        Costs one query without a limit; else three, four when a user is added.

        :raise ValidationError: naming the capacity and the module that sets it
        """
        limiting = self.env.registry.ready and self._get_limiting()
        if not limiting:
            yield
            return
        before = self._count_users()
        yield
        after = self._count_users()
        if after <= before:
            return
        self._serialize_seats()
        if after > limiting.max_users:
            # They may hold what is refused, and outlive a rollback to a savepoint.
            self.env.registry.clear_cache("default", "groups")
            raise ValidationError(
                self.env._(
                    "The CRM has seats for %(limit)s users, the limit of “%(module)s”, and this "
                    "would make %(count)s: take the CRM rights from somebody else, archive a user "
                    "who left, or have the limit raised under CRM Suite > Configuration > "
                    "Capacity.",
                    limit=limiting.max_users,
                    module=limiting.name,
                    count=after,
                )
            )

    @api.model
    def _serialize_seats(self):
        """Let only one of the transactions pass that add users or change limits at the same time.

        A lock alone would not do: the count of a transaction that has waited for it is as old as
        its snapshot. Writing one and the same row makes PostgreSQL end the second transaction with
        a serialization error, upon which Odoo runs it again and it counts the first one's users.
        """
        self.env.cr.execute(
            SQL("UPDATE crm_module_capacity SET module = module WHERE module = 'crm_accounts'")
        )

    @api.model
    def _add_missing(self):
        """Make a row for each installed addon of the suite that has none. An external id of the
        addon itself lets Odoo delete the row when the addon is uninstalled.
        """
        self.env.flush_all()
        missing = self.env.execute_query(
            SQL(
                """
                %s
                SELECT module.name
                  FROM suite
                  JOIN ir_module_module module ON module.name = suite.name
                 WHERE module.auto_install IS NOT TRUE
                   AND module.name NOT IN (SELECT module FROM crm_module_capacity)
                 ORDER BY module.id
                """,
                _SUITE,
            )
        )
        self.sudo()._load_records(
            [
                {
                    "xml_id": f"{module}.crm_module_capacity_own",
                    "values": {"module": module},
                    "noupdate": True,
                }
                for (module,) in missing
            ]
        )
