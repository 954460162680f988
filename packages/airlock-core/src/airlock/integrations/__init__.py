"""What connects airlock to frameworks and queues; each distribution adds its own package here."""

from pkgutil import extend_path

import airlock

airlock.__path__ = extend_path(airlock.__path__, "airlock")
__path__ = extend_path(__path__, __name__)
