"""`tracker` alone in a folder: the dashboard, with no network at all."""

from __future__ import annotations

from tracker.cli.app import Invocation
from tracker.cli.render.dashboard import render_dashboard
from tracker.cli.render.layout import render_problems
from tracker.errors import SettingsError
from tracker.progress.forecast import Aim
from tracker.wiring import find_folder, load_settings, open_agreed, open_local
from tracker.workflows.dashboard import Dashboard, run_dashboard


def show_dashboard(call: Invocation) -> int:
    """Answer with the dashboard of the folder around here; where there is none, with the help."""
    try:
        folder = find_folder(call.folder)
    except SettingsError:
        if call.is_json:
            raise
        # Late: the exit codes know the results of every workflow, and the dashboard has to be quick.
        from tracker.cli.exits import USAGE  # noqa: PLC0415

        call.screen.err.write(call.context.get_help() + "\n")
        return USAGE
    settings = load_settings(folder)
    with open_agreed(folder) as state:
        dashboard = run_dashboard(
            open_local(folder),
            state,
            Aim(settings.target, settings.hours_per_week, settings.track),
            warn=lambda problem: call.tell(render_problems([problem])),
        )
    call.tell(render_problems(dashboard.problems))
    return call.answer(
        lambda: _answer_json(dashboard),
        lambda: render_dashboard(dashboard, call.make_view(settings.remote_name)),
        0,
    )


def _answer_json(dashboard: Dashboard) -> dict[str, object]:
    # Late: the text needs none of it, and has to be there at once.
    from tracker.cli.render.learning_json import dashboard_json  # noqa: PLC0415

    return dashboard_json(dashboard)
