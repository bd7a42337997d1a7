# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

_CHUNK = 5000


def migrate(cr, version):
    """Tax ids are found with the prefix of their country and without: write both as keys."""
    keys = api.Environment(cr, SUPERUSER_ID, {})["crm.match.key"]
    cr.execute("SELECT DISTINCT res_id FROM crm_match_key WHERE key_type = 'vat' ORDER BY res_id")
    for ids in split_every(_CHUNK, [row[0] for row in cr.fetchall()], list):
        keys._crm_sync("res.partner", ids)
