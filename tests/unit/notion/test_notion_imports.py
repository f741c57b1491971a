import subprocess
import sys


def test_the_adapter_loads_no_network_library_before_it_connects():
    """Importing the Notion side for its types stays cheap."""
    program = (
        "import sys, tracker.adapters.notion.remote;"
        "print(sorted({'httpx', 'notion_client', 'flask', 'yaml'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
