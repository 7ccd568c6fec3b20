package control

// Rows are the commands of this family.
func Rows() []Row { return nil }
