# SPDX-License-Identifier: LGPL-3.0-or-later
from . import engine
from . import models
from . import controllers
