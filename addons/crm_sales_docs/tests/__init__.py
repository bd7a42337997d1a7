# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_chain
from . import test_delivered_quantity
from . import test_delivery_note
from . import test_invoicing
from . import test_sale_order
