# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_account_move
from . import test_history_property
from . import test_res_partner
