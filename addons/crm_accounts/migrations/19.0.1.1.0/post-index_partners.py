# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Index the partners that were there before duplicates were looked for. The earlier documents
    come into the history by the scheduled job, which starts by itself.
    """
    api.Environment(cr, SUPERUSER_ID, {})["crm.match.key"]._crm_index_all("res.partner")
