# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_price_book
from . import test_customer_codes
from . import test_price_engine
from . import test_price_history
from . import test_price_explanation
from . import test_price_lines
from . import test_price_list_feature
from . import test_price_update
from . import test_price_update_property
from . import test_price_update_tour
from . import test_prices_on_product
from . import test_screens
from . import test_tours
from . import test_vendor_prices
