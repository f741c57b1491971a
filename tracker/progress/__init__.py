"""Progress: how far a learner is, how fast, and what to learn next.

Pure: no clock, no disk, no network, no logging; the day comes in as an argument.

    coverage  which skills are learned under another name (`covered_by`)
    tally     counts, hours and percent of a set of skills
    history   what was completed when: by day and week, streaks, pace
    forecast  when the rest is done at that pace, and what the learner's own target asks for
    order     what is in progress, what can be started, and how much builds on it
    find      a skill by id, name or part of a name; words in the text of skills
    selection which skills a list shows: by words, section, level, status, tag, track, hours
    tracks    which skills lead to a named goal
    effects   what marking skills unlocked and reached
    milestones what was reached and when, and what is ahead
    report    all of it for several roadmaps, as one value
"""
