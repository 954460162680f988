"""What a consumer imports to run the patterns of control flow."""

from huey_suites.control_flow import add_tasks
from huey_suites.worker_app import from_environment

app = from_environment()
add_tasks(app)
