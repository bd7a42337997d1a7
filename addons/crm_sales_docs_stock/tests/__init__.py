# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_counted_once
from . import test_down_payment
from . import test_dropship
from . import test_guards
from . import test_invoicing
from . import test_kit
from . import test_note_leads
from . import test_picking_leads
from . import test_returns
from . import test_without_order
