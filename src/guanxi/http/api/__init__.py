"""The API of the desk: typed handlers over the contexts' verbs and the views. The web framework lives here."""
