# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_import_prices
from . import test_import_products
from . import test_import_reader
from . import test_import_screens
from . import test_import_values
from . import test_import_vendor_prices
from . import test_price_engine
from . import test_price_list_feature
from . import test_prices_on_product
from . import test_screens
from . import test_vendor_prices
