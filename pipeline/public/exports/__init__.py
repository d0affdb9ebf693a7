"""Everything that is made of an edition beside the pages: other formats, catalogues, report, feeds. Nothing that the edition does not hold may enter."""
