# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_blockers
from . import test_chain
from . import test_customer_codes
from . import test_delivered_quantity
from . import test_delivery_note
from . import test_invoicing
from . import test_portal
from . import test_query_count
from . import test_report
from . import test_returns
from . import test_sale_order
from . import test_security
from . import test_series
from . import test_signature
from . import test_history
