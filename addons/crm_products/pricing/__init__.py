# SPDX-License-Identifier: LGPL-3.0-or-later
from . import formula
from . import explanation
from . import margins
from . import rule_index
from . import simulation
