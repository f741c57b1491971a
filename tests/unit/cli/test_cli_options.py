from tracker.cli.options import ID_LINE

FILE = """\
sections:
  - title: One
    skills:
      - id: train-test-split
        name: Train/test split
      -
        id: 'knn'
      - {id: flow}
\t- id:\t"svm"
      - name: no id
        ids: none
"""


def test_ids_are_found_where_they_are_usually_written():
    """What the shell completes are the ids at the beginnings of lines, quoted or not."""
    assert ID_LINE.findall(FILE) == ["train-test-split", "knn", "svm"]


def test_empty_lines_do_not_make_the_shell_wait():
    """A file of empty lines is looked through once, not once for each of them."""
    assert ID_LINE.findall("\n" * 300_000 + "id: knn") == ["knn"]
    assert ID_LINE.findall(" \n-" * 300_000) == []
