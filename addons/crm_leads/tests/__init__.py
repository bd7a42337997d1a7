# SPDX-License-Identifier: LGPL-3.0-or-later
from . import test_convert_choices
from . import test_convert_lead
from . import test_convert_once
from . import test_lead_feature
from . import test_matches
from . import test_screens
