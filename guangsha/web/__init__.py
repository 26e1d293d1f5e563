"""The frame of the web: pages that show packages and take a workbook. No business logic lives here."""
