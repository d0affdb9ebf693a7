"""Any file or database of an office becomes one canonical Parquet per record type, without what says who somebody is. Judging the records is for `validation`."""
