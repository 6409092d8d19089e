package web

// zones are those that the form offers, from west to east. Somebody whose zone is
// not among them picks one with the same clock, or tells it later in words.
var zones = []string{
	"Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver", "America/Chicago",
	"America/Mexico_City", "America/New_York", "America/Bogota", "America/Caracas", "America/Halifax", "America/Santiago",
	"America/St_Johns", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Atlantic/Azores", "Europe/London", "Europe/Dublin",
	"Europe/Lisbon", "Africa/Lagos", "Europe/Paris", "Europe/Madrid", "Europe/Berlin", "Europe/Rome", "Europe/Helsinki", "Europe/Athens",
	"Africa/Cairo", "Africa/Johannesburg", "Europe/Istanbul", "Africa/Nairobi", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata",
	"Asia/Dhaka", "Asia/Bangkok", "Asia/Singapore", "Australia/Perth", "Asia/Manila", "Asia/Tokyo", "Australia/Adelaide",
	"Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland",
}
