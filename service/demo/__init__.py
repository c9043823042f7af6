"""A small world on loopback to watch: four invented sites whose statements appear, change and vanish by a timetable."""
