# SPDX-License-Identifier: LGPL-3.0-or-later
from . import base_partner_merge_automatic_wizard
