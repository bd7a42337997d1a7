# SPDX-License-Identifier: LGPL-3.0-or-later


def post_init_hook(env):
    """Turn leads on for every employee and sales team, as the switch in Odoo's settings does."""
    employees = env.ref("base.group_user")
    use_leads = env.ref("crm.group_use_lead")
    if use_leads in employees.implied_ids:
        return
    employees._apply_group(use_leads)
    teams = env["crm.team"].search([])
    teams.filtered("use_opportunities").use_leads = True
    for team in teams:
        team.alias_id.write(team._alias_get_creation_values())
