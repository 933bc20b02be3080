"""Interconnection queues of three US grid operators: every request to connect a plant to their grids, as it stands today.

MISO (JSON), SPP (CSV) and NYISO (workbook); each operator publishes its own columns. Nothing is bundled: MISO states no
licence, NYISO claims copyright, and SPP's terms exclude commercial publication, so that the rows are fetched by each user
and stay with them.

Traps: what counts as active is each operator's own word. MISO's 'Done' is a signed agreement, built or not, and leaves
its active list; SPP keeps 'IA FULLY EXECUTED/ON SCHEDULE' in its list of active requests until operation, and NYISO
keeps signed ones on its active sheets. None of the dates that MISO and NYISO publish is that of operation: MISO's
`doneDate` is the end of the process, its `inService` a plan, and NYISO overwrites its dates with 'I/S' on its sheet of
plants in service. SPP's 'Commercial Operation Date' is a plan too unless the status says that the plant operates.
Capacity is nameplate, in several columns that disagree: of summer and winter the larger is taken. MW of a hybrid are
not split. No operator promises that a queue number stands on one row only. The first line of SPP's file is the day of
its last update, the header is the second; its list includes requests withdrawn and terminated. NYISO's headings stand
in two rows on one sheet, carry spaces, and were renamed in July 2026; below the rows stand notes and the key of the
status numbers; thousands of its withdrawn rows hold a state and nothing else; its requests for new transmission ('AC',
'DC') and for loads ('L') are no generation. Loads: NYISO alone lists them, on a sheet of their own, with a code for
data centres; those of the other two are elsewhere and not public.
"""
