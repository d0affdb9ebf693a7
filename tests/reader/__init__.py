"""A reader of the built site who wants to know what is withheld: takes the pages as they are served, turns every number
back into what it says of published and withheld figures, and gives that to the attacker of the audit.

Shares nothing with what writes the pages but the words of the site (to know which sentence a number stands in), the files
of an institute (to know what a chart is of), and the names of the cells of an edition.
"""
